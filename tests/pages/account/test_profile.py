import pytest
from tests.pages.account.conftest import words

from watchword.accounts.events import EventKind


@pytest.mark.requirement("users:U39:profile")
def test_a_person_says_how_they_are_called_and_spoken_to(started, alice):
    answer = alice.send("/account/profile", name="  Alice   Liddell ", locale="de")
    assert answer.headers["location"] == "/account/profile?notice=profile-changed"
    user = started.run(started.runtime.store.find_user("alice"))
    said = started.run(started.runtime.store.read_profile(user.id))
    assert (said.display_name, said.locale) == ("Alice Liddell", "de")
    (newest, *_) = started.run(started.runtime.store.list_events(user.id))
    assert newest.event.kind is EventKind.PROFILE_CHANGED
    assert newest.event.origin.device.startswith("Mozilla/5.0")
    alice.send("/account/profile", name="", locale="")
    said = started.run(started.runtime.store.read_profile(user.id))
    assert (said.display_name, said.locale) == (None, None)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "x" * 65}, "Use at most 64 characters."),
        ({"name": "a\u202eb"}, "Leave out the characters that cannot be seen."),
        ({"name": "Alice", "locale": "tlh"}, "Choose one of the languages."),
    ],
)
@pytest.mark.requirement("users:U39:profile")
def test_a_profile_that_cannot_be_shown_is_told_beside_its_field(started, alice, fields, sentence):
    answer = alice.send("/account/profile", **fields)
    assert answer.status_code == 400
    assert sentence in words(answer)
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: Profile" in answer.text
    user = started.run(started.runtime.store.find_user("alice"))
    said = started.run(started.runtime.store.read_profile(user.id))
    assert (said.display_name, said.locale) == (None, None)


def test_a_name_is_text_and_never_markup(alice):
    alice.send("/account/profile", name='<b>Alice</b> & "co"', locale="")
    page = alice.get("/account").text
    assert "<b>Alice" not in page
    assert "&lt;b&gt;Alice&lt;/b&gt; &amp;" in page
