"""Access tokens: a JWT that names whom, for whom, by which client and login.

Source: RFC 9068 sections 2 and 2.2.3.1; RFC 8693 section 4.1; oauth.md T-1, T-2; access.md F1, F2;
ARCHITECTURE section 6 (own audience).
"""

from typing import Final

import msgspec

from watchword.base.clock import Clock
from watchword.jose.errors import ClaimInvalid
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.expected import Unchecked
from watchword.jose.jwt.signer import Signer
from watchword.jose.jwt.verifier import Keys, Verifier
from watchword.oauth.client_tokens import ClientFacts
from watchword.oauth.families import Facts
from watchword.oauth.scopes import PROFILE

__all__ = [
    "ACCESS_TOKEN_TYPE",
    "AccessClaims",
    "ScimValue",
    "access_signer",
    "access_verifier",
    "acting",
    "names",
    "sign_access",
    "sign_client_access",
]

ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105  # a media type (RFC 9068 section 2.1)
USERINFO_PATH: Final = "/userinfo"
ACTORS_MAX = 8  # services that one request passes through; RFC 8693 names no limit


class ScimValue(msgspec.Struct, frozen=True):
    """A role, group or entitlement as SCIM writes it (RFC 7643 section 2.4); the rest is unread."""

    value: str


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an access token.

    What RFC 9068 requires has no default. The rest is empty where an issuer does not say it; this
    one always does.
    """

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    client_id: str
    iat: int
    exp: int
    jti: str
    scope: str = ""
    auth_time: int = 0
    acr: str = ""
    amr: tuple[str, ...] = ()
    sid: str = ""
    fam: str = ""
    roles: tuple[str | ScimValue, ...] = ()
    groups: tuple[str | ScimValue, ...] = ()
    entitlements: tuple[str | ScimValue, ...] = ()
    preferred_username: str = ""
    tenant: str | int | None = None
    cnf: dict[str, object] | None = None
    """What the sender has to prove beside the token (RFC 7800 section 3)."""
    act: dict[str, object] | None = None
    """Who acts for the subject, and for whom that one acted (RFC 8693 section 4.1)."""
    ver: int = 0
    """The version of the user's authorization, which grows with every change of roles or status."""

    @property
    def scopes(self) -> frozenset[str]:
        """What the token may ask for."""
        return frozenset(self.scope.split())

    @property
    def role_names(self) -> frozenset[str]:
        """The roles, however the issuer writes them."""
        return names(self.roles)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who acts for the subject, the present one first; nobody where nothing was exchanged.

        Raises:
            ClaimInvalid: an actor without a name, or more of them than a request has passed.

        Source: RFC 8693 section 4.1.
        """
        found: list[str] = []
        actor: object = self.act
        while actor is not None:
            name = actor.get("sub") if isinstance(actor, dict) else None
            if not (isinstance(name, str) and name) or len(found) == ACTORS_MAX:
                raise ClaimInvalid("an actor is a member with a sub", claim="act")
            found.append(name)
            actor = actor.get("act") if isinstance(actor, dict) else None
        return tuple(found)

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom the token is for."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud

    @property
    def is_of_client(self) -> bool:
        """Whether a client has it for itself: no user and no login stand behind it."""
        return self.sub == self.client_id

    @property
    def generation_id(self) -> str:
        """The refresh generation that this token is the pair of (oauth.md section 5)."""
        return self.jti

    def __repr__(self) -> str:
        return f"AccessClaims(sub={self.sub!r}, jti={self.jti!r})"


def names(values: tuple[str | ScimValue, ...]) -> frozenset[str]:
    """Return what a claim of RFC 9068 section 2.2.3.1 lists.

    RFC 9068 names the attributes of SCIM and leaves their form open: issuers write texts, or SCIM's
    objects with a `value`.
    """
    return frozenset(each if isinstance(each, str) else each.value for each in values)


def acting(actor: str | None) -> dict[str, object]:
    """Return the claim that names who acts for the subject; nothing where that is the subject.

    Source: RFC 8693 section 4.1.
    """
    return {} if actor is None else {"act": {"sub": actor}}


def access_signer(key: Key, *, issuer: str, clock: Clock) -> Signer:
    """Return the signer of one issuer's access tokens; `sign_access` gives their claims."""
    return Signer(
        key, issuer=issuer, audience=None, lifetime=None, typ=ACCESS_TOKEN_TYPE, clock=clock
    )


def access_verifier(
    keys: Keys,
    *,
    issuer: str,
    audience: str | tuple[str, ...] | Unchecked,
    clock: Clock,
    cache: int = 0,
) -> Verifier[AccessClaims]:
    """Return the verifier of one issuer's access tokens for one audience.

    Args:
        keys: of the issuer.
        issuer: who has to have signed.
        audience: whom the token has to be for.
        clock: the time.
        cache: how many good tokens are remembered; see `Verifier`.

    Source: RFC 9068 section 4.
    """
    return Verifier(
        keys,
        issuer=issuer,
        audience=audience,
        typ=ACCESS_TOKEN_TYPE,
        claims=AccessClaims,
        require=("sub", "client_id", "iat", "jti"),
        clock=clock,
        cache=cache,
    )


def sign_access(
    signer: Signer, facts: Facts, *, issuer: str, scopes: tuple[str, ...], times: tuple[int, int]
) -> str:
    """Sign the access token for what an issuing transaction saw.

    Args:
        signer: of `access_signer`.
        facts: as they stood in the transaction.
        issuer: part of `aud` for a first-party client, so that the login API accepts its tokens.
            Those of anybody else's client must not open the account itself; without a scope of
            the resource they are for the userinfo endpoint alone.
        scopes: those of the family, or fewer.
        times: `iat` and `exp`.
    """
    iat, exp = times
    claims: dict[str, object] = {"scope": " ".join(scopes)} if scopes else {}
    if facts.is_first_party or PROFILE in scopes:  # a client can read its tokens too
        claims["preferred_username"] = facts.user.name
    audience: str | list[str] = facts.resource
    if not facts.opens_resource(scopes):
        audience = f"{issuer}{USERINFO_PATH}"  # the issuer may itself be the `aud` of an API
    elif facts.is_first_party and facts.resource != issuer:
        audience = [facts.resource, issuer]
    return signer.sign(
        sub=facts.user.id,
        aud=audience,
        client_id=facts.client_id,
        iat=iat,
        exp=exp,
        jti=facts.generation_id,
        auth_time=facts.auth_time,
        acr=facts.acr,
        amr=list(facts.amr),
        sid=facts.sid,
        fam=facts.family_id,
        roles=sorted(facts.user.roles),
        ver=facts.user.version,
        **acting(facts.actor),
        **claims,
    )


def sign_client_access(signer: Signer, facts: ClientFacts, *, times: tuple[int, int]) -> str:
    """Sign the access token of a client for itself; its `sub` is the client (RFC 9068 section 2.2).

    Args:
        signer: of `access_signer`.
        facts: as they stood in the transaction.
        times: `iat` and `exp`.
    """
    iat, exp = times
    claims: dict[str, object] = {"scope": " ".join(facts.scopes)} if facts.scopes else {}
    return signer.sign(
        sub=facts.client.client_id,
        aud=facts.resource.identifier,
        client_id=facts.client.client_id,
        iat=iat,
        exp=exp,
        jti=facts.token_id,
        **claims,
    )
