"""The authorization challenge endpoint: the login of a first-party app, for an authorization code.

It is the standard's form of the login API. The code is redeemed at the token endpoint.

Source: draft-ietf-oauth-first-party-apps-03 sections "Authorization
Challenge Endpoint" and "Authorization Challenge Response"; oauth.md section 6 (L-1, L-3, L-6, L-7).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field

from watchword.accounts.origin import Origin
from watchword.base.chance import new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.oauth.authentication import Authenticated, AuthenticationContext, authenticate
from watchword.oauth.authorize.pkce import parse_challenge
from watchword.oauth.claims_request import format_claims, parse_claims
from watchword.oauth.codes import CODE_LIFETIME_SECONDS, CodeStore, NewCode
from watchword.oauth.errors import InvalidRequest, UnauthorizedClient
from watchword.oauth.login_errors import (
    InsufficientAuthorization,
    InvalidCredentials,
    InvalidSession,
    LoginUnfinished,
    RedirectToWeb,
)
from watchword.oauth.parameters import optional_text

__all__ = ["DRAFT", "ChallengeContext", "Granted", "challenge"]

DRAFT = "draft-ietf-oauth-first-party-apps-03"


@dataclass(frozen=True, slots=True)
class ChallengeContext:
    """What the endpoint works with."""

    authentication: AuthenticationContext
    codes: CodeStore


@dataclass(frozen=True, slots=True)
class Granted:
    """The end of a login: its code, and what the app is known by from here on, if it asked."""

    code: Secret = field(repr=False)
    device: Secret | None


async def challenge(
    authorization: Sequence[str],
    members: Mapping[str, object],
    origin: Origin,
    ctx: ChallengeContext,
) -> Granted:
    """Take one step of a login; the last one makes a code.

    Args:
        authorization: the values of all `Authorization` fields.
        members: the parameters; unknown ones are ignored.
        origin: of the request.
        ctx: the login itself, and where codes are kept.

    Raises:
        OAuthError: InsufficientAuthorization with its reason and what is missing, or as
            `authenticate`, each with the status of this endpoint.
    """
    remembered = _parse(members)
    # A session is raised at the login endpoint; here every login opens one.
    shown = {name: value for name, value in members.items() if name != "refresh_token"}
    essential = parse_claims(remembered.get("claims")).essential_acr_values
    if essential:
        shown["acr_values"] = " ".join(essential)
    try:
        authenticated = await authenticate(
            authorization, shown, origin, ctx.authentication, remember=remembered
        )
        _refuse_raised(authenticated)
    except (InvalidCredentials, LoginUnfinished) as error:
        raise InsufficientAuthorization(
            error.public, detail=error.detail, reason=error.code, members=error.members
        ) from None
    except (InvalidSession, RedirectToWeb, UnauthorizedClient) as error:
        error.status = 400
        raise
    return await _grant(authenticated, {**remembered, **authenticated.remembered}, ctx)


def _parse(members: Mapping[str, object]) -> dict[str, str]:
    """Return what is to be remembered for the code.

    Raises:
        InvalidRequest: another response type than "code", no S256 challenge, or malformed `claims`.
    """
    response_type = optional_text(members, "response_type")
    if response_type not in {None, "code"}:  # the draft's own example leaves it out (L-3)
        raise InvalidRequest("response_type must be code")
    code_challenge = parse_challenge(
        optional_text(members, "code_challenge"), optional_text(members, "code_challenge_method")
    )
    nonce = optional_text(members, "nonce")
    claims = format_claims(parse_claims(optional_text(members, "claims")))
    wishes = {"code_challenge": code_challenge, "nonce": nonce, "claims": claims}
    return {name: value for name, value in wishes.items() if value is not None}


def _refuse_raised(authenticated: Authenticated) -> None:
    """Refuse a login that was begun on a session at the login endpoint.

    The proofs of that session would go into another one, which its end does not end.
    """
    if authenticated.completed.sid is not None:
        raise InvalidSession(detail=f"it was begun on {authenticated.completed.sid}")


async def _grant(
    authenticated: Authenticated, remembered: Mapping[str, str], ctx: ChallengeContext
) -> Granted:
    flow, completed = ctx.authentication.flow, authenticated.completed
    claims = parse_claims(remembered.get("claims"))
    if claims.subjects and completed.user_id not in claims.subjects:  # Core section 5.5.1
        detail = f"{completed.user_id} is not whom the claims parameter names"
        raise InsufficientAuthorization(detail=detail, reason=InvalidCredentials.code)
    code, now = new_secret(flow.chance), flow.clock.now()
    await ctx.codes.add_code(
        NewCode(
            code_hash=digest(code),
            client_id=authenticated.accepted.client.client_id,
            redirect_uri=None,
            code_challenge=remembered.get("code_challenge"),
            dpop_jkt=None,
            resource=authenticated.accepted.resource.identifier,
            scopes=authenticated.accepted.scopes,
            nonce=remembered.get("nonce"),
            user_id=completed.user_id,
            password_hash=completed.password_hash,
            proofs=completed.proofs,
            sid=None,
            created_at=now,
            expires_at=now + CODE_LIFETIME_SECONDS,
            claims=claims,
            device_hash=completed.device_hash,
        )
    )
    return Granted(code, authenticated.device)
