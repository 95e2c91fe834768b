"""From a refusal to an answer. Source: RFC 6750 section 3; RFC 9457; users.md U50 to U56."""

import json

import msgspec
import pytest

from watchword.access import (
    Decision,
    Forbidden,
    InsufficientScope,
    Kind,
    NotAllowed,
    NotFound,
    StepUpRequired,
)
from watchword.base.chance import SYSTEM
from watchword.base.reasons import REASONS
from watchword.guards import errors as guard_errors
from watchword.guards.answers import REFUSALS, Answers, Disclosure
from watchword.jose import errors
from watchword.oauth import bearer
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.characters import is_description

ISSUER = "https://id.example.com"
DECISION = Decision(
    allowed=False,
    kind=Kind.NOT_ALLOWED,
    rule=None,
    effect="default",
    because="would be allowed if resource.owner == 'canary-bo' (is 'canary-cy')",
    considered=(),
    policy_version="v",
    subject_source="token",
    subject_age=0,
    id="decision_1",
)
CLAIMS = {
    "iss": ISSUER,
    "sub": "user_1",
    "aud": "notes",
    "client_id": "app",
    "iat": 1,
    "exp": 2,
    "jti": "gen_1",
    "preferred_username": "alice",
}
ALL = [
    bearer.TokenMissing(),
    bearer.TokenRepeated(),
    bearer.TokenMalformed(),
    guard_errors.TokenOutsideHeader(),
    guard_errors.SessionEnded(detail="canary-detail"),
    guard_errors.AccountSuspended(detail="canary-detail"),
    guard_errors.ScopeMissing(("notes:read", "notes:write"), detail="canary-detail"),
    guard_errors.NotOwner(detail="canary-detail"),
    guard_errors.SubjectsUnavailable(retry_after=7, detail="canary-detail"),
    *(
        error("canary-hint", detail="canary-detail", expected="canary", got="canary")
        for error in errors.TokenError.__subclasses__() + errors.ClaimsInvalid.__subclasses__()
    ),
    errors.KeysUnavailable("canary-hint", retry_after=5, detail="canary-detail"),
    NotFound(detail="canary-detail"),
    StepUpRequired("This needs a stronger login.", decision=DECISION, acr_values=("aal2", "aal3")),
    Forbidden("A suspended account may do nothing.", decision=DECISION),
    NotAllowed("You may not do this.", decision=DECISION),
    InsufficientScope("The scope is missing.", decision=DECISION, scopes=("notes:write",)),
]


def answers(disclosure: Disclosure = Disclosure.PRODUCTION) -> Answers:
    return Answers(ISSUER, "notes", disclosure, SYSTEM)


def name(error: Exception) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", ALL, ids=name)
def test_every_refusal_is_a_problem_with_a_code(error):
    assert isinstance(error, REFUSALS)
    answer = answers().answer(error)
    body = json.loads(answer.body)
    assert body["status"] == answer.status
    assert body["code"] == error.code
    assert body["type"] == f"{ISSUER}/errors/{error.code}"
    assert body["title"] == REASONS[error.code].title
    own = error.text if isinstance(error, NotFound | Forbidden) else None
    assert body["hint"] == (own or REASONS[error.code].fix_at(ISSUER))
    assert "{" not in body["hint"]
    headers = dict(answer.headers)
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in headers) is (answer.status in {400, 401, 403})
    assert ("Retry-After" in headers) is (answer.status == 503)


@pytest.mark.parametrize(
    ("error", "address"),
    [
        (bearer.TokenMissing(), "/login"),
        (errors.Expired("", claim="exp"), "/refresh"),
        (errors.TooOld("", claim="iat"), "/refresh"),
    ],
    ids=name,
)
def test_hints_name_addresses_of_the_issuer_and_not_of_the_guarded_application(error, address):
    """A guard stands in another process than the server, or beside one that is mounted."""
    mounted = Answers(f"{ISSUER}/auth", "notes", Disclosure.PRODUCTION, SYSTEM)
    assert f" {ISSUER}/auth{address} " in json.loads(mounted.answer(error).body)["hint"]


@pytest.mark.requirement("users:U55:production-hides-detail")
@pytest.mark.parametrize("error", ALL, ids=name)
def test_production_tells_no_detail_and_no_value(error):
    answer = answers().answer(error)
    assert b"canary" not in answer.body
    assert "detail" not in json.loads(answer.body)
    assert "canary" not in str(answer.headers)


@pytest.mark.requirement("users:U54:header-characters")
@pytest.mark.parametrize("error", ALL, ids=name)
def test_challenge_stays_within_the_characters_of_rfc_6750(error):
    challenge = dict(answers().answer(error).headers).get("WWW-Authenticate", "Bearer ")
    assert challenge.startswith("Bearer ")
    assert challenge.isascii()
    assert challenge.isprintable()
    assert "\\" not in challenge
    assert challenge.count('"') % 2 == 0


def test_development_tells_the_detail_and_the_tree():
    body = json.loads(answers(Disclosure.DEVELOPMENT).answer(ALL[-2]).body)
    assert "resource.owner" in body["detail"]
    assert body["id"] == "decision_1"


@pytest.mark.requirement("users:U56:absent-equals-hidden-bytes")
@pytest.mark.parametrize("disclosure", Disclosure)
def test_absent_and_hidden_give_the_same_bytes(disclosure):
    maker = answers(disclosure)
    absent = maker.answer(NotFound(detail="no such row"))
    hidden = maker.answer(NotFound(detail="the subject may not read this row"))
    assert absent == hidden


@pytest.mark.requirement("users:U52:no-error-without-token")
def test_challenges_say_what_rfc_6750_asks():
    def challenge(error: Exception) -> str:
        return dict(answers().answer(error).headers)["WWW-Authenticate"]

    assert challenge(bearer.TokenMissing()) == 'Bearer realm="notes"'
    assert challenge(errors.Expired()) == (
        'Bearer realm="notes", error="invalid_token", error_description="The token has expired."'
    )
    assert challenge(guard_errors.ScopeMissing(("a", "b"))) == (
        'Bearer realm="notes", error="insufficient_scope", '
        'error_description="The token was not granted the scope that this needs.", scope="a b"'
    )
    assert challenge(ALL[-2]) == 'Bearer realm="notes"'
    assert challenge(ALL[-4]) == (
        'Bearer realm="notes", error="insufficient_user_authentication", '
        'error_description="This needs a stronger login.", acr_values="aal2 aal3"'
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (bearer.TokenMissing(), 401),
        (bearer.TokenRepeated(), 400),
        (errors.Expired(), 401),
        (errors.KeysUnavailable(), 503),
        (guard_errors.SessionEnded(), 401),
        (guard_errors.AccountSuspended(), 403),
        (guard_errors.SubjectsUnavailable(retry_after=1), 503),
        (NotFound(detail=""), 404),
        (ALL[-2], 403),
        (ALL[-4], 401),
    ],
)
def test_status_says_whose_fault_it_is(error, status):
    """users.md U51."""
    assert answers().answer(error).status == status


def test_log_has_the_id_and_the_detail(caplog):
    caplog.set_level("INFO")
    body = json.loads(answers().answer(guard_errors.SessionEnded(detail="of sid_1")).body)
    assert body["id"] in caplog.text
    assert "of sid_1" in caplog.text


def test_log_line_ends_where_nothing_more_is_to_be_said(caplog):
    caplog.set_level("INFO")
    body = json.loads(answers().answer(bearer.TokenMissing()).body)
    assert caplog.messages == [f"{body['id']} 401 token_missing"]


def test_log_line_is_one_line_whatever_the_token_holds(caplog):
    caplog.set_level("INFO")
    answers().answer(errors.WrongIssuer("no", detail="iss is x\nforged"))
    assert "\n" not in caplog.messages[0]


@pytest.mark.requirement("guards:refused:whose")
def test_log_says_whose_good_token_was_refused_and_no_name(caplog):
    caplog.set_level("INFO")
    refusal = guard_errors.SessionEnded(detail="of sid_1")
    refusal.got = msgspec.convert(CLAIMS, AccessClaims)
    answers().answer(refusal)
    answers().answer(NotFound(detail="no such row"), claims=refusal.got)
    assert [message.partition(" ")[2] for message in caplog.messages] == [
        '401 session_ended sub="user_1" client_id="app" of sid_1',
        '404 not_found sub="user_1" client_id="app" no such row',
    ]
    assert "alice" not in caplog.text


@pytest.mark.requirement("guards:refused:whose")
def test_no_id_looks_like_another_or_like_a_line(caplog):
    caplog.set_level("INFO")
    odd = {"sub": 'x" client_id="bank', "client_id": "é\n" + "y" * 500}
    answers().answer(NotFound(detail=""), claims=msgspec.convert(CLAIMS | odd, AccessClaims))
    (message,) = caplog.messages
    assert 'sub="x\\" client_id=\\"bank" client_id="\\u00e9\\ny' in message
    assert len(message) < 300


def test_fault_of_ours_is_an_error_in_the_log(caplog):
    answers().answer(guard_errors.SubjectsUnavailable(retry_after=1, detail="disk is full"))
    assert [(r.levelname, "disk is full" in r.getMessage()) for r in caplog.records] == [
        ("ERROR", True)
    ]


@pytest.mark.parametrize("audience", ['no"tes', "n\\otes", "Notizen für alle", "a\r\nb", "笔记"])
def test_audience_of_any_characters_is_refused_with_a_challenge(audience):
    """RFC 6750 section 3 gives the realm; the audience is the operator's word."""
    answer = Answers(ISSUER, audience, Disclosure.PRODUCTION, SYSTEM).answer(errors.Expired())
    realm = dict(answer.headers)["WWW-Authenticate"].split('"')[1]
    assert answer.status == 401
    assert len(realm) == len(audience)
    assert is_description(realm)


def test_unforeseen_exception_is_not_answered():
    with pytest.raises(TypeError):
        answers().answer(ValueError())
