"""Which passwords are accepted, and generated passphrases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.password_rules import PasswordReason, PasswordRules
from watchword.accounts.passwords.acceptance import check_password, new_passphrase
from watchword.base import chance
from watchword.base.secrets import Secret

COMMONEST = list(FREQUENCY_LISTS["passwords"])
CONTEXT = ("ada.lovelace@example.org", "Watchword Notes")


def reasons(text, context=CONTEXT, rules=PasswordRules.ALONE):
    try:
        check_password(Secret(text), context=context, rules=rules)
    except PasswordRefused as refused:
        return refused.reasons
    return ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quiet garden 4", (PasswordReason.TOO_SHORT,)),
        ("quiet garden 42", ()),
        ("the quick brown fox jumps over a lazy dog, and then again 64 of", ()),
    ],
)
@pytest.mark.requirement("security:30:length")
def test_fifteen_characters_are_enough(text, expected):
    """security.md rule 30: 14 refused, 15 and 64 accepted."""
    assert reasons(text) == expected


@pytest.mark.requirement("security:30:length-with-factor")
def test_eight_characters_are_enough_beside_a_second_factor():
    """security.md rule 30: 7 refused, 8 accepted; the same text alone is too short."""
    with_factor = PasswordRules.WITH_SECOND_FACTOR
    assert reasons("vk.8Qm!p", rules=with_factor) == ()
    assert reasons("vk.8Qm!", rules=with_factor) == (PasswordReason.TOO_SHORT_WITH_FACTOR,)
    assert reasons("vk.8Qm!p") == (PasswordReason.TOO_SHORT,)
    assert "at least 8 " in PasswordReason.TOO_SHORT_WITH_FACTOR.text
    assert "at least 15 " in PasswordReason.TOO_SHORT.text


@pytest.mark.requirement("security:32:common-list")
@pytest.mark.parametrize("rules", PasswordRules)
def test_three_thousand_commonest_passwords_of_allowed_length_are_refused(rules):
    """security.md rule 32; ASVS V6.2.4. In the order of how often people choose them."""
    allowed = [each for each in COMMONEST if len(each) >= rules.characters_min]
    assert len(allowed) > 3000 or rules is PasswordRules.ALONE
    accepted = [each for each in allowed[:3000] if not reasons(each, (), rules)]
    assert accepted == []


@pytest.mark.parametrize("text", ["Liverpool1!", "SUNSHINE 99", "1Arsenal!1"])
def test_common_password_is_no_better_for_what_stands_around_it(text):
    assert reasons(text, (), PasswordRules.WITH_SECOND_FACTOR) in (
        (PasswordReason.COMMON,), (PasswordReason.GUESSED,))  # fmt: skip


@pytest.mark.requirement("security:30:1024-bytes")
def test_a_thousand_bytes_are_accepted_and_more_refused():
    text = "".join(chr(0x4E00 + n) for n in range(341)) + "z"
    assert len(text.encode()) == 1024
    assert reasons(text) == ()
    assert reasons(text + "!") == (PasswordReason.TOO_LONG,)


@pytest.mark.requirement("security:31:code-points-counted")
def test_code_points_are_counted_in_the_form_that_has_fewer():
    """security.md rule 31. A ligature that unfolds and a letter with its mark gain nothing."""
    assert reasons("日本語の長い合言葉はこれですよ") == ()
    assert PasswordReason.TOO_SHORT in reasons("\ufdfa")  # 18 letters in NFKC
    assert PasswordReason.TOO_SHORT in reasons(
        "a\u0308o\u0308u\u0308e\u0308i\u0308y\u0308n\u0303c\u0327"
    )


@pytest.mark.requirement("security:31:no-composition-rule")
def test_no_kind_of_character_is_asked_for():
    """security.md rule 31: neither digits nor signs nor capitals."""
    assert reasons("violet umbrella tomorrow") == ()


@pytest.mark.parametrize(
    "text",
    [
        "passwordpassword",
        "P@ssw0rd12345678",
        "iloveyouiloveyou",
        "qwertyuiopasdfghjkl",
        "lkjhgfdsapoiuytrewq",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345",
        "1qaz2wsx3edc4rfv",
        "correcthorsebatterystaple",
        "administrator2026",
        "abcdefghijklmnopqrstuvwxyz",
        "hunt7hunt7hunt7hunt7",
    ],
)
@pytest.mark.requirement("security:32:shapes")
def test_what_programs_guess_first_is_refused(text):
    """security.md rule 32; ASVS V6.2.4."""
    assert reasons(text) in ((PasswordReason.GUESSED,), (PasswordReason.COMMON,))


@pytest.mark.parametrize(
    "text",
    ["ada.lovelace.2026", "Watchword Notes!", "watchword-lovelace", "W@tchw0rd-N0tes-1"],
)
@pytest.mark.requirement("security:32:context-words")
def test_little_more_than_the_names_of_the_context_is_refused(text):
    """security.md rule 32; ASVS V6.2.11."""
    assert reasons(text) == (PasswordReason.CONTEXT,)


def test_signs_alone_may_be_a_password():
    assert reasons("!;:%&/(§)=?*+'#_") == ()


def test_words_of_the_context_may_be_part_of_a_passphrase():
    assert reasons("ada keeps bees behind the house") == ()


def test_short_words_of_the_context_are_no_reason():
    assert reasons("a bee in the bonnet", context=("a bee",)) == ()


@pytest.mark.requirement("security:32:reason-told")
def test_a_broken_rule_is_told_with_a_code_and_a_sentence():
    """A short one is told to be longer, and no more: a longer one is another password."""
    for password, code in (("password", "too_short"), ("password" * 3, "known")):
        assert [reason.code for reason in reasons(password)] == [f"password_{code}"]
    assert all(reason.text.endswith(".") for reason in PasswordReason)


def test_refusal_does_not_hold_the_password():
    with pytest.raises(PasswordRefused) as refused:
        check_password(Secret("canary"), context=())
    assert "canary" not in f"{refused.value} {refused.value!r} {refused.value.detail}"


def test_generated_passphrase_has_eighty_bits_and_can_be_said():
    """Sixteen bits a group, one spelling for each."""

    asked = []

    class Counted:
        def token_bytes(self, count):
            asked.append(count)
            return bytes(range(count))

    assert new_passphrase(Counted()).reveal() == "babad-bamag-bibaj-bimal-boban"
    assert asked == [10]


@settings(max_examples=50)
@given(st.binary(min_size=10, max_size=10))
def test_different_chance_gives_a_different_passphrase(data):
    class Given:
        def __init__(self, data):
            self.data = data

        def token_bytes(self, _count):
            return self.data

    flipped = bytes((data[0] ^ 1, *data[1:]))
    assert new_passphrase(Given(data)).reveal() != new_passphrase(Given(flipped)).reveal()


def test_generated_passphrases_are_accepted():
    for _ in range(200):
        assert reasons(new_passphrase(chance.SYSTEM).reveal()) == ()


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_every_text_gets_an_answer(text, context):
    assert set(reasons(text, context)) <= set(PasswordReason)
