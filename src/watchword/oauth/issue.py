"""The one gate through which tokens leave.

A grant hands over a command; the store's transaction sees user, client, session, family and
resource as they stand and writes; what it saw is checked here against what was asked, and only
then is anything signed. There is no other caller of the issuing verbs.

Source: oauth.md section 0 (8); security.md rule 61; ARCHITECTURE section 3.
"""

from dataclasses import field
from typing import Protocol, assert_never, overload

from msgspec import Struct, structs

from watchword.accounts.sessions import Limits
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.jose.jwt.signer import Signer
from watchword.keys.live import LiveRing
from watchword.oauth.access_token import access_signer, sign_access, sign_client_access
from watchword.oauth.client_tokens import ClientFacts, ClientTokenStore, IssueToClient
from watchword.oauth.clients import Client, TokenFormat
from watchword.oauth.codes import CodeStore, RedeemCode
from watchword.oauth.device_codes import DeviceCodeStore, RedeemDeviceCode
from watchword.oauth.errors import OAuthError
from watchword.oauth.families import (
    FAMILY_LIMITS,
    Facts,
    FamilyStore,
    NewFamily,
    NewOpaqueToken,
    NewRefreshToken,
    OpenFamily,
    OpenFamilyInSession,
    Refusal,
    Refused,
    Rotated,
    RotateRefreshToken,
)
from watchword.oauth.scopes import OPENID

__all__ = [
    "ACCESS_LIFETIME_SECONDS",
    "AccessDraft",
    "Command",
    "IDTokens",
    "IssueContext",
    "IssueStore",
    "Issued",
    "PairDraft",
    "draft_access",
    "draft_pair",
    "issue",
]

ACCESS_LIFETIME_SECONDS = 300  # oauth.md T-1: 5 to 15 minutes, 5 by default
GENERATION_ID_PREFIX = "gen"
REFRESH_GRANT = "refresh_token"


class IDTokens(Protocol):
    """What makes ID tokens. It signs what the transaction saw, and decides nothing."""

    async def sign(self, facts: Facts, access_token: str, *, times: tuple[int, int]) -> str:
        """Return the ID token that goes along with an access token.

        Args:
            facts: as they stood in the transaction.
            access_token: as it is handed out; the ID token names it.
            times: `iat` and `exp`.
        """
        ...


Command = OpenFamily | OpenFamilyInSession | RotateRefreshToken | RedeemCode | RedeemDeviceCode


class IssueStore(FamilyStore, CodeStore, DeviceCodeStore, ClientTokenStore, Protocol):
    """The verbs that buy tokens."""


@dataclass(frozen=True, slots=True)
class IssueContext:
    """What issuing works with."""

    issuer: str
    ring: LiveRing
    store: IssueStore
    clock: Clock
    chance: Chance
    access_lifetime_seconds: int = ACCESS_LIFETIME_SECONDS
    limits: Limits = FAMILY_LIMITS
    id_tokens: IDTokens | None = None  # None: no OpenID Connect is spoken here
    _signers: dict[str | None, Signer] = field(default_factory=dict, init=False, repr=False)

    @property
    def signer(self) -> Signer:
        """What signs access tokens with the key that is active at the moment."""
        key = self.ring.signing_key
        signer = self._signers.get(key.kid)
        if signer is None:
            signer = access_signer(key, issuer=self.issuer, clock=self.clock)
            self._signers.clear()  # of a key that is active no more
            self._signers[key.kid] = signer
        return signer


class AccessDraft(Struct, frozen=True):
    """An access token about to be issued: its text where it is opaque, and what may be stored."""

    text: Secret
    stored: NewOpaqueToken


class PairDraft(Struct, frozen=True):
    """A pair about to be issued: the clear refresh token, and what the store may know of it."""

    refresh_token: Secret
    stored: NewRefreshToken
    access: AccessDraft


class Issued(Struct, frozen=True):
    """What was issued. The tokens are secrets; `token_response.render` writes them out."""

    access_token: Secret
    refresh_token: Secret | None  # None: the client may not refresh
    expires_in: int
    scope: tuple[str, ...]
    facts: Facts | ClientFacts
    id_token: Secret | None = None

    def to(self, client: Client) -> "Issued":
        """Return what this client is given: a refresh token only where it may use one (L-13)."""
        if self.refresh_token is None or REFRESH_GRANT in client.grant_types:
            return self
        return structs.replace(self, refresh_token=None)


def draft_access(ctx: IssueContext, *, narrowed_to: frozenset[str] | None = None) -> AccessDraft:
    """Make what the access token is where its resource asks for opaque ones."""
    text = new_secret(ctx.chance)
    stored = NewOpaqueToken(digest(text), ctx.access_lifetime_seconds, narrowed_to)
    return AccessDraft(text, stored)


def draft_pair(ctx: IssueContext, *, narrowed_to: frozenset[str] | None = None) -> PairDraft:
    """Make the tokens of a pair, and the generation that names them.

    Args:
        ctx: chance, and how long access tokens live.
        narrowed_to: the scopes of this access token; the family keeps its own. None: all.
    """
    refresh_token, access = new_secret(ctx.chance), draft_access(ctx, narrowed_to=narrowed_to)
    generation_id = new_id(ctx.chance, GENERATION_ID_PREFIX)
    stored = NewRefreshToken(digest(refresh_token), generation_id, access.stored)
    return PairDraft(refresh_token, stored, access)


@overload
async def issue(command: Command, draft: PairDraft, ctx: IssueContext) -> Issued | Refused: ...


@overload
async def issue(
    command: IssueToClient, draft: AccessDraft | None, ctx: IssueContext
) -> Issued | Refused: ...


async def issue(
    command: Command | IssueToClient, draft: PairDraft | AccessDraft | None, ctx: IssueContext
) -> Issued | Refused:
    """Run the transaction of a grant and sign what it earned.

    Args:
        command: what the grant asks the store for, with `draft.stored` in it.
        draft: what is issued if the store agrees; None for a JWT of a client, which is made then.
        ctx: issuer, keys, store, clock.

    Returns:
        The tokens, or why the store refused. The grant chooses the error that its peer sees.

    Raises:
        OAuthError: the store answered something that was not asked; nothing is signed.
    """
    if isinstance(command, IssueToClient) and not isinstance(draft, PairDraft):
        return await _issue_to_client(command, draft, ctx)
    if not isinstance(command, IssueToClient) and isinstance(draft, PairDraft):
        return await _issue_pair(command, draft, ctx)
    raise TypeError("a user's command comes with a pair, a client's with an access token")


async def _issue_pair(command: Command, draft: PairDraft, ctx: IssueContext) -> Issued | Refused:
    answer = await _commit(command, ctx.store)
    if isinstance(answer, Refused):
        return answer
    _check_facts(answer, command, draft.stored)
    narrowed_to = draft.access.stored.narrowed_to
    scopes = tuple(s for s in answer.scopes if narrowed_to is None or s in narrowed_to)
    now = ctx.clock.now()
    exp = min(now + ctx.access_lifetime_seconds, answer.family_expires_at)
    if exp <= now:  # the family ended while its transaction waited
        return Refused(Refusal.EXPIRED)
    token, times = draft.access.text, (now, exp)
    if answer.token_format is TokenFormat.JWT or not answer.opens_resource(scopes):
        text = sign_access(ctx.signer, answer, issuer=ctx.issuer, scopes=scopes, times=times)
        token = Secret(text)
    id_token = None
    if OPENID in scopes and ctx.id_tokens is not None:
        id_token = Secret(await ctx.id_tokens.sign(answer, token.reveal(), times=times))
    return Issued(
        access_token=token,
        refresh_token=draft.refresh_token,
        expires_in=exp - now,
        scope=scopes,
        facts=answer,
        id_token=id_token,
    )


async def _issue_to_client(
    command: IssueToClient, draft: AccessDraft | None, ctx: IssueContext
) -> Issued | Refused:
    answer = await ctx.store.issue_to_client(command)
    if isinstance(answer, Refused):
        return answer
    if not _is_answer_to_client(answer, command):
        raise OAuthError(detail="the store's answer to IssueToClient contradicts it")
    lifetime = ctx.access_lifetime_seconds
    if draft is None or answer.resource.token_format is TokenFormat.JWT:
        # From the time of the command: an end that the transaction did not see comes later.
        times = (command.now, command.now + lifetime)
        token = Secret(sign_client_access(ctx.signer, answer, times=times))
    else:
        token = draft.text
    return Issued(
        access_token=token,
        refresh_token=None,
        expires_in=lifetime,
        scope=answer.scopes,
        facts=answer,
    )


async def _commit(command: Command, store: IssueStore) -> Facts | Refused:
    match command:
        case OpenFamily():
            return await store.open_family(command)
        case OpenFamilyInSession():
            return await store.open_family_in_session(command)
        case RotateRefreshToken():
            answer = await store.rotate_refresh_token(command)
            return answer.facts if isinstance(answer, Rotated) else answer
        case RedeemCode():
            return await store.redeem_code(command)
        case RedeemDeviceCode():
            return await store.redeem_device_code(command)
    assert_never(command)


def _check_facts(facts: Facts, command: Command, stored: NewRefreshToken) -> None:
    """Hold the transaction's answer against the question: a second fence behind the store's WHERE.

    Raises:
        OAuthError: they differ.
    """
    is_live = facts.user.is_active and facts.generation_id == stored.generation_id
    if not (is_live and _is_answer(facts, command)):
        raise OAuthError(detail=f"the store's answer to {type(command).__name__} contradicts it")


def _is_answer(facts: Facts, command: Command) -> bool:
    match command:
        case OpenFamily(user_id=user_id, session=session, family=family):
            is_login = facts.user.id == user_id and facts.sid == session.sid
            return is_login and _is_family(facts, family)
        case OpenFamilyInSession(sid=sid, family=family):
            return facts.sid == sid and _is_family(facts, family)
        case RotateRefreshToken(client_id=client_id, resource=resource, scopes=scopes):
            is_bound = facts.client_id == client_id and resource in (None, facts.resource)
            return is_bound and (scopes is None or scopes <= frozenset(facts.scopes))
        case RedeemCode(client_id=client_id, resource=resource, family=family):
            is_bound = facts.client_id == client_id and resource in (None, facts.resource)
            return is_bound and facts.family_id == family.family_id
        case RedeemDeviceCode(client_id=client_id, family=family, session=session):
            is_opened = facts.family_id == family.family_id and facts.sid == session.sid
            return is_opened and facts.client_id == client_id
    assert_never(command)


def _is_answer_to_client(facts: ClientFacts, command: IssueToClient) -> bool:
    client, entitled = facts.client, facts.resource.scope_names
    if client.scopes is not None:
        entitled &= client.scopes
    return (
        client.client_id == command.client.client_id
        and client.is_confidential
        and facts.resource.identifier == command.resource
        and facts.token_id == command.token_id
        and facts.scopes == command.scopes
        and entitled.issuperset(facts.scopes)
    )


def _is_family(facts: Facts, family: NewFamily) -> bool:
    return (
        facts.family_id == family.family_id
        and facts.client_id == family.client_id
        and facts.resource == family.resource
        and facts.scopes == family.scopes
    )
