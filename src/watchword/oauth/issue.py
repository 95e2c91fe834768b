"""The one gate through which tokens leave.

A grant hands over a command; the store's transaction sees user, client, session, family and
resource as they stand and writes; what it saw is checked here against what was asked, and only
then is anything signed. There is no other caller of the issuing verbs.

Source: oauth.md section 0 (8); security.md rule 61; ARCHITECTURE section 3.
"""

from dataclasses import dataclass, field
from typing import Protocol, assert_never

from watchword.accounts.sessions import Limits
from watchword.base.chance import Chance, new_id, new_secret
from watchword.base.clock import Clock
from watchword.base.secrets import Secret, digest
from watchword.jose.jwt.signer import Signer
from watchword.keys.live import LiveRing
from watchword.oauth.access_token import access_signer, sign_access
from watchword.oauth.codes import CodeStore, RedeemCode
from watchword.oauth.errors import OAuthError
from watchword.oauth.families import (
    FAMILY_LIMITS,
    Facts,
    FamilyStore,
    NewFamily,
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
    "Command",
    "IDTokens",
    "IssueContext",
    "IssueStore",
    "Issued",
    "PairDraft",
    "draft_pair",
    "issue",
]

ACCESS_LIFETIME_SECONDS = 300  # oauth.md T-1: 5 to 15 minutes, 5 by default
GENERATION_ID_PREFIX = "gen"


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


Command = OpenFamily | OpenFamilyInSession | RotateRefreshToken | RedeemCode


class IssueStore(FamilyStore, CodeStore, Protocol):
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


@dataclass(frozen=True, slots=True)
class PairDraft:
    """A pair about to be issued: the clear refresh token, and what the store may know of it."""

    refresh_token: Secret
    stored: NewRefreshToken


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued. All tokens are secrets; `token_response.render` writes them out."""

    access_token: Secret
    refresh_token: Secret
    expires_in: int
    scope: tuple[str, ...]
    facts: Facts
    id_token: Secret | None = None


def draft_pair(chance: Chance) -> PairDraft:
    """Make the refresh token of a pair and the generation that names its access token."""
    refresh_token = new_secret(chance)
    generation_id = new_id(chance, GENERATION_ID_PREFIX)
    return PairDraft(refresh_token, NewRefreshToken(digest(refresh_token), generation_id))


async def issue(
    command: Command,
    draft: PairDraft,
    ctx: IssueContext,
    *,
    narrowed_to: frozenset[str] | None = None,
) -> Issued | Refused:
    """Run the transaction of a grant and sign what it earned.

    Args:
        command: what the grant asks the store for, with `draft.stored` in it.
        draft: the pair that is issued if the store agrees.
        ctx: issuer, keys, store, clock.
        narrowed_to: the scopes of this access token; the family keeps its own. None: all.

    Returns:
        The pair, or why the store refused. The grant chooses the error that its peer sees.

    Raises:
        OAuthError: the store answered something that was not asked; nothing is signed.
    """
    answer = await _commit(command, ctx.store)
    if isinstance(answer, Refused):
        return answer
    _check_facts(answer, command, draft.stored)
    scopes = tuple(s for s in answer.scopes if narrowed_to is None or s in narrowed_to)
    now = ctx.clock.now()
    exp = min(now + ctx.access_lifetime_seconds, answer.family_expires_at)
    if exp <= now:  # the family ended while its transaction waited
        return Refused(Refusal.EXPIRED)
    times = (now, exp)
    token = sign_access(ctx.signer, answer, issuer=ctx.issuer, scopes=scopes, times=times)
    id_token = None
    if OPENID in scopes and ctx.id_tokens is not None:
        id_token = Secret(await ctx.id_tokens.sign(answer, token, times=times))
    return Issued(
        access_token=Secret(token),
        refresh_token=draft.refresh_token,
        expires_in=exp - now,
        scope=scopes,
        facts=answer,
        id_token=id_token,
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
    assert_never(command)


def _is_family(facts: Facts, family: NewFamily) -> bool:
    return (
        facts.family_id == family.family_id
        and facts.client_id == family.client_id
        and facts.resource == family.resource
        and facts.scopes == family.scopes
    )
