"""What a request wants of the person: to be asked, not to be asked, to prove anew, to choose.

`need_of` is a function of what was asked and what is known; the pages carry it out one need at a
time, and it is asked again after each.

Source: OpenID Connect Core sections 3.1.2.1, 3.1.2.3 and 5.5.1.1; Initiating User Registration via
OpenID Connect 1.0; RFC 9470 section 4; oauth.md N-10 to N-13.
"""

from enum import Enum
from typing import assert_never

from watchword.accounts.levels import ACR_VALUES, Level, factor_time
from watchword.accounts.sessions import Session
from watchword.base.records import dataclass
from watchword.oauth.authorize.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    UnmetAuthenticationRequirements,
)
from watchword.oauth.authorize.request import AuthorizationRequest
from watchword.oauth.errors import InvalidRequest, OAuthError

__all__ = ["Known", "Need", "Prompt", "Wishes", "need_of", "parse_wishes", "prompts_of", "silently"]

MAX_AGE_MAX = 10 * 365 * 86_400  # ten years; more is a mistake
MAX_AGE_DIGITS = 12
READING_SECONDS = 300  # for a second factor, the choice of an account and the page of consent


class Prompt(Enum):
    """What a page is asked to do. The value is the word of `prompt`."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"
    CREATE = "create"


class Need(Enum):
    """What stands between a request and its answer."""

    NOTHING = "nothing"
    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    PROVE_ANEW = "prove_anew"
    SECOND_FACTOR = "second_factor"
    CHOOSE_ACCOUNT = "choose_account"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Wishes:
    """The parameters of OpenID Connect, typed.

    Args:
        prompts: empty where nothing is said.
        max_age: seconds since the last proof, at most.
        level: the first known one of those that are asked for.
        is_level_essential: nothing less will do.
        subjects: whom alone the answer may be about; empty: anybody.
    """

    prompts: frozenset[Prompt] = frozenset()
    max_age: int | None = None
    level: Level | None = None
    is_level_essential: bool = False
    subjects: frozenset[str] = frozenset()

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown."""
        return Prompt.NONE in self.prompts


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the browser and its person.

    Args:
        now: seconds since the epoch.
        session: the live one.
        is_fresh: something was proved after the request came.
        has_second_factor: the account has one to show.
        is_consented: nobody has to be asked.
    """

    now: int
    session: Session | None = None
    is_fresh: bool = False
    has_second_factor: bool = False
    is_consented: bool = False


def prompts_of(*, offers_signup: bool) -> tuple[Prompt, ...]:
    """Return the prompts that a server knows."""
    return tuple(one for one in Prompt if offers_signup or one is not Prompt.CREATE)


def parse_wishes(
    request: AuthorizationRequest, *, hinted: str | None, offers_signup: bool
) -> Wishes:
    """Read the parameters of OpenID Connect. `display` and the locales change nothing here.

    In a request of OpenID Connect `acr_values` is a wish; without it, the parameter is the one of
    RFC 9470, whose client has met a resource that takes nothing less.

    Args:
        request: as the pipeline proved it.
        hinted: whom `id_token_hint` names; None where there is none.
        offers_signup: whether strangers may make accounts.

    Raises:
        InvalidRequest: a prompt that is unknown or contradicts another, a malformed value, or two
            different people.
        UnmetAuthenticationRequirements: no level that could be reached, where nothing less will do.
    """
    members = request.members
    claimed = request.claims.essential_acr_values
    asked = claimed or tuple((members.get("acr_values") or "").split())
    level = next((Level(one) for one in asked if one in ACR_VALUES), None)
    is_level_essential = bool(claimed) or not request.is_openid
    if asked and level is None and is_level_essential:
        text = f"the level of a login here is {' or '.join(ACR_VALUES)}"
        raise UnmetAuthenticationRequirements(text)
    return Wishes(
        prompts=_parse_prompts(members.get("prompt"), offers_signup=offers_signup),
        max_age=_parse_max_age(members.get("max_age")),
        level=level,
        is_level_essential=is_level_essential,
        subjects=_subjects(frozenset(request.claims.subjects), hinted),
    )


def need_of(wishes: Wishes, known: Known) -> Need:
    """Return the next thing that a page has to do.

    Raises:
        LoginRequired: somebody else signed in than the request is about.
    """
    session = known.session
    if session is None:
        return Need.SIGN_UP if Prompt.CREATE in wishes.prompts else Need.SIGN_IN
    needs = (rule(wishes, known, session) for rule in (_person, _proof, _level, _word))
    return next((need for need in needs if need is not Need.NOTHING), Need.NOTHING)


def silently(need: Need) -> OAuthError | None:
    """Return what the client is told where no page may be shown; None where none is needed.

    Source: OpenID Connect Core section 3.1.2.6.
    """
    match need:
        case Need.NOTHING:
            return None
        case Need.SIGN_UP | Need.SIGN_IN | Need.PROVE_ANEW:
            return LoginRequired()
        case Need.SECOND_FACTOR:
            return InteractionRequired()
        case Need.CHOOSE_ACCOUNT:
            return AccountSelectionRequired()
        case Need.CONSENT:
            return ConsentRequired()
    assert_never(need)


def _person(wishes: Wishes, known: Known, session: Session) -> Need:
    """Hold who is there against whom the request is about."""
    if wishes.subjects and session.user.id not in wishes.subjects:
        if known.is_fresh:
            raise LoginRequired("somebody else signed in than the request is about")
        return Need.SIGN_IN
    is_new = Prompt.CREATE not in wishes.prompts or known.is_fresh
    return Need.NOTHING if is_new else Need.SIGN_UP


def _proof(wishes: Wishes, known: Known, session: Session) -> Need:
    """Ask for a proof that is recent enough. Zero seconds ask for one in any case.

    One that was given for this request may be as old as it takes to read the pages that follow it,
    however little the client allows: it would be asked for without end otherwise.
    """
    age, most = known.now - session.auth_time, wishes.max_age
    if known.is_fresh:
        is_too_old = most is not None and age > max(most, READING_SECONDS)
        return Need.PROVE_ANEW if is_too_old else Need.NOTHING
    is_too_old = most is not None and (most == 0 or age > most)
    return Need.PROVE_ANEW if is_too_old or Prompt.LOGIN in wishes.prompts else Need.NOTHING


def _level(wishes: Wishes, known: Known, session: Session) -> Need:
    """Ask for the level that is wanted.

    An account that cannot reach it goes on without where that is only a wish; otherwise its person
    is offered to add a factor.
    """
    if wishes.level is None:
        return Need.NOTHING
    is_reached = Level(session.acr).rank >= wishes.level.rank
    if is_reached and not _is_factor_old(wishes, known, session):
        return Need.NOTHING
    is_asked = known.has_second_factor or wishes.is_level_essential
    return Need.SECOND_FACTOR if is_asked else Need.NOTHING


def _is_factor_old(wishes: Wishes, known: Known, session: Session) -> bool:
    """Whether two factors are wanted that are recent, and the one that is held is not.

    A password, typed once more, renews the time of the session and no factor (decisions/0252).
    """
    if wishes.level is not Level.TWO_FACTORS or wishes.max_age is None:
        return False
    most = max(wishes.max_age, READING_SECONDS) if known.is_fresh else wishes.max_age
    return known.now - factor_time(session.proofs) > most


def _word(wishes: Wishes, known: Known, session: Session) -> Need:  # noqa: ARG001  # as the others
    """Ask for what the person has to say. The page of consent names the account as well."""
    if not known.is_consented:
        return Need.CONSENT
    is_chosen = Prompt.SELECT_ACCOUNT not in wishes.prompts or known.is_fresh
    return Need.NOTHING if is_chosen else Need.CHOOSE_ACCOUNT


def _subjects(claimed: frozenset[str], hinted: str | None) -> frozenset[str]:
    if hinted is None:
        return claimed
    if claimed and hinted not in claimed:
        raise InvalidRequest("claims and id_token_hint name different people")
    return frozenset({hinted})


def _parse_prompts(text: str | None, *, offers_signup: bool) -> frozenset[Prompt]:
    words = (text or "").split()
    known = {one.value: one for one in prompts_of(offers_signup=offers_signup)}
    if not known.keys() >= set(words):
        raise InvalidRequest(f"the prompt is one or more of {', '.join(known)}")
    prompts = frozenset(known[word] for word in words)
    if Prompt.NONE in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt=none stands alone")
    return prompts


def _parse_max_age(text: str | None) -> int | None:
    if text is None:
        return None
    is_number = len(text) <= MAX_AGE_DIGITS and text.isascii() and text.isdecimal()
    if not is_number or int(text) > MAX_AGE_MAX:
        raise InvalidRequest("max_age must be a number of seconds")
    return int(text)
