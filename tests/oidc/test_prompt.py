"""What a request wants of the person, and the next thing that is needed.

Source: OpenID Connect Core section 3.1.2.1; RFC 9470 section 4; oauth.md N-10 to N-13.
"""

from dataclasses import replace

import pytest
from tests.oauth.authorize.requests import SHOP, asked_of, proved

from watchword.accounts.levels import Level, Method, Proof
from watchword.accounts.sessions import Session
from watchword.accounts.users import User, UserStatus
from watchword.oauth.authorize.errors import LoginRequired, UnmetAuthenticationRequirements
from watchword.oauth.errors import InvalidRequest
from watchword.oidc.prompt import (
    READING_SECONDS,
    Known,
    Need,
    Prompt,
    Wishes,
    need_of,
    parse_wishes,
    prompts_of,
    silently,
)

NOW = 1_800_000_000
ADA = User("user_ada", "ada", UserStatus.ACTIVE, frozenset(), 1, NOW - 1000)
SESSION = Session("sid_1", ADA, (Proof(Method.PASSWORD, NOW - 100),), NOW - 100, NOW + 9, NOW + 9)
STRONG = replace(SESSION, proofs=(*SESSION.proofs, Proof(Method.TOTP, NOW - 90)))
IN = Known(NOW, SESSION, is_consented=True)


def wishes_of(*, hinted=None, offers_signup=True, **members):
    asked = asked_of(**{"scope": "openid", **members})
    return parse_wishes(proved(asked, client=SHOP), hinted=hinted, offers_signup=offers_signup)


def test_request_without_wishes_wishes_nothing():
    assert wishes_of() == Wishes()


def test_wishes_are_read():
    found = wishes_of(
        prompt="login consent", max_age="60", acr_values="urn:x aal2", display="popup"
    )
    assert found.prompts == {Prompt.LOGIN, Prompt.CONSENT}
    assert found.max_age == 60
    assert found.level is Level.TWO_FACTORS
    assert not found.is_level_essential
    assert not found.is_silent
    assert wishes_of(prompt="none").is_silent


@pytest.mark.parametrize(
    "members",
    [
        {"prompt": "none login"},
        {"prompt": "sing"},
        {"max_age": "soon"},
        {"max_age": "-1"},
        {"max_age": "9" * 12},
        {"max_age": "0" * 13},
        {"max_age": "\u0661"},
    ],
)
def test_malformed_wishes_are_refused(members):
    with pytest.raises(InvalidRequest):
        wishes_of(**members)


def test_create_is_known_where_sign_up_is_offered():
    assert wishes_of(prompt="create").prompts == {Prompt.CREATE}
    with pytest.raises(InvalidRequest, match="login"):
        wishes_of(prompt="create", offers_signup=False)
    assert Prompt.CREATE not in prompts_of(offers_signup=False)


def test_level_is_insisted_on_by_claims_and_by_requests_of_oauth_alone():
    """OpenID Connect Core section 5.5.1.1; RFC 9470 section 4."""
    claims = '{"id_token":{"acr":{"essential":true,"values":["x","aal2"]}}}'
    found = wishes_of(claims=claims, acr_values="aal1")
    assert (found.level, found.is_level_essential) == (Level.TWO_FACTORS, True)
    plain = wishes_of(scope="notes:read", acr_values="aal2")
    assert (plain.level, plain.is_level_essential) == (Level.TWO_FACTORS, True)


@pytest.mark.requirement("oauth:N-10:unmet-level")
@pytest.mark.parametrize(
    "members",
    [
        {"claims": '{"id_token":{"acr":{"essential":true,"values":["x","aal3"]}}}'},
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"AAL2"}}}', "acr_values": "aal2"},
        {"scope": "notes:read", "acr_values": "x aal3"},
    ],
)
def test_level_that_nobody_reaches_is_refused_where_nothing_less_will_do(members):
    """OpenID Connect Core section 5.5.1.1: it counts as a sign-in that failed."""
    with pytest.raises(UnmetAuthenticationRequirements, match="aal1 or aal2"):
        wishes_of(**members)
    assert wishes_of(acr_values="x aal3").level is None
    assert wishes_of(scope="notes:read", acr_values=" ").level is None


def test_people_are_named_by_claims_and_by_the_hint():
    claims = '{"id_token":{"sub":{"value":"user_ada"}}}'
    assert wishes_of(claims=claims).subjects == {"user_ada"}
    assert wishes_of(claims=claims, hinted="user_ada").subjects == {"user_ada"}
    assert wishes_of(hinted="user_bob").subjects == {"user_bob"}
    with pytest.raises(InvalidRequest):
        wishes_of(claims=claims, hinted="user_bob")


@pytest.mark.parametrize(
    ("wishes", "known", "need"),
    [
        (Wishes(), Known(NOW), Need.SIGN_IN),
        (Wishes(frozenset({Prompt.CREATE})), Known(NOW), Need.SIGN_UP),
        (Wishes(), IN, Need.NOTHING),
        (Wishes(frozenset({Prompt.CREATE})), IN, Need.SIGN_UP),
        (Wishes(frozenset({Prompt.CREATE})), replace(IN, is_fresh=True), Need.NOTHING),
        (Wishes(frozenset({Prompt.LOGIN})), IN, Need.PROVE_ANEW),
        (Wishes(frozenset({Prompt.LOGIN})), replace(IN, is_fresh=True), Need.NOTHING),
        (Wishes(max_age=99), IN, Need.PROVE_ANEW),
        (Wishes(max_age=100), IN, Need.NOTHING),
        (Wishes(max_age=0), replace(IN, now=NOW - 100), Need.PROVE_ANEW),
        (Wishes(max_age=0), replace(IN, is_fresh=True), Need.NOTHING),
        (Wishes(level=Level.TWO_FACTORS), IN, Need.NOTHING),
        (
            Wishes(level=Level.TWO_FACTORS),
            replace(IN, has_second_factor=True),
            Need.SECOND_FACTOR,
        ),
        (Wishes(level=Level.TWO_FACTORS, is_level_essential=True), IN, Need.SECOND_FACTOR),
        (Wishes(level=Level.TWO_FACTORS), replace(IN, session=STRONG), Need.NOTHING),
        (Wishes(level=Level.ONE_FACTOR), IN, Need.NOTHING),
        (Wishes(subjects=frozenset({"user_ada"})), IN, Need.NOTHING),
        (Wishes(subjects=frozenset({"user_bob"})), IN, Need.SIGN_IN),
        (Wishes(), replace(IN, is_consented=False), Need.CONSENT),
        (
            Wishes(frozenset({Prompt.SELECT_ACCOUNT})),
            replace(IN, is_consented=False),
            Need.CONSENT,
        ),
        (Wishes(frozenset({Prompt.SELECT_ACCOUNT})), IN, Need.CHOOSE_ACCOUNT),
        (Wishes(frozenset({Prompt.SELECT_ACCOUNT})), replace(IN, is_fresh=True), Need.NOTHING),
    ],
)
def test_need_follows_from_wishes_and_what_is_known(wishes, known, need):
    assert need_of(wishes, known) is need


@pytest.mark.parametrize(
    ("max_age", "age", "need"),
    [
        (0, READING_SECONDS, Need.NOTHING),
        (1, READING_SECONDS, Need.NOTHING),
        (0, READING_SECONDS + 1, Need.PROVE_ANEW),
        (1, READING_SECONDS + 1, Need.PROVE_ANEW),
        (900, 900, Need.NOTHING),
        (900, 901, Need.PROVE_ANEW),
        (None, 1_799, Need.NOTHING),
    ],
)
def test_proof_for_this_request_grows_old_too(max_age, age, need):
    """OpenID Connect Core section 3.1.2.1 (max_age); an interaction lasts for half an hour."""
    session = replace(SESSION, proofs=(Proof(Method.PASSWORD, NOW - age),))
    known = replace(IN, session=session, is_fresh=True)
    assert need_of(Wishes(max_age=max_age), known) is need


@pytest.mark.requirement("oauth:N-12:hint-of-another")
@pytest.mark.parametrize(
    ("wishes", "is_fresh", "need"),
    [
        (Wishes(max_age=900), False, Need.NOTHING),
        (Wishes(level=Level.TWO_FACTORS), False, Need.NOTHING),
        (Wishes(level=Level.ONE_FACTOR, max_age=900), False, Need.NOTHING),
        (Wishes(level=Level.TWO_FACTORS, max_age=1000), False, Need.NOTHING),
        (Wishes(level=Level.TWO_FACTORS, max_age=999), False, Need.SECOND_FACTOR),
        (Wishes(level=Level.TWO_FACTORS, max_age=1000), True, Need.NOTHING),
        (Wishes(level=Level.TWO_FACTORS, max_age=0), True, Need.SECOND_FACTOR),
    ],
)
def test_recent_second_factor_is_asked_for_whatever_was_shown_since(wishes, is_fresh, need):
    """RFC 9470 sections 3 and 4: a level, and how old it may be. A password renews no factor."""
    proofs = (Proof(Method.TOTP, NOW - 1000), Proof(Method.PASSWORD, NOW - 100))
    session = replace(SESSION, proofs=proofs)
    known = replace(IN, session=session, is_fresh=is_fresh, has_second_factor=True)
    assert need_of(wishes, known) is need


def test_factor_of_a_moment_ago_lasts_for_the_pages_that_follow():
    known = replace(IN, session=STRONG, is_fresh=True, has_second_factor=True)
    assert need_of(Wishes(level=Level.TWO_FACTORS, max_age=0), known) is Need.NOTHING


def test_somebody_else_who_signed_in_is_no_answer():
    """OpenID Connect Core section 3.1.2.1 (id_token_hint)."""
    with pytest.raises(LoginRequired):
        need_of(Wishes(subjects=frozenset({"user_bob"})), replace(IN, is_fresh=True))


@pytest.mark.parametrize(
    ("need", "code"),
    [
        (Need.SIGN_IN, "login_required"),
        (Need.SIGN_UP, "login_required"),
        (Need.PROVE_ANEW, "login_required"),
        (Need.SECOND_FACTOR, "interaction_required"),
        (Need.CHOOSE_ACCOUNT, "account_selection_required"),
        (Need.CONSENT, "consent_required"),
    ],
)
@pytest.mark.requirement("oauth:N-10:prompt-none")
def test_each_need_has_its_error_where_no_page_may_be_shown(need, code):
    error = silently(need)
    assert error is not None
    assert error.code == code


def test_nothing_needed_is_no_error():
    assert silently(Need.NOTHING) is None
