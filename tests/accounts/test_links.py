"""A person sets a password through a one-time link."""

import pytest

from watchword.accounts.errors import InvalidCredentials, LinkNotValid, PasswordRefused
from watchword.accounts.links import (
    LinkContext,
    LinkPurpose,
    new_link,
    set_password,
)
from watchword.accounts.passwords.hashing import Argon2Parameters
from watchword.base.secrets import Secret, digest

NOW = 1_800_000_000
CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
CHOSEN = Secret("seven herons over the weir")
LINK = Secret("link-canary")


class MovedClock:
    def __init__(self):
        self.time = NOW

    def now(self):
        return self.time

    def monotonic(self):
        return float(self.time)


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def links(store, hasher, clock):
    return LinkContext(store, hasher, clock, service_name="Notes", parameters=CHEAP)


@pytest.fixture
def ada(run, store, add_user):
    user = add_user("ada", password=None)
    link = new_link(LINK, purpose=LinkPurpose.SET_PASSWORD, user_id=user.id, now=NOW)
    run(store.add_link(link))
    return user


@pytest.mark.requirement("users:U24:link-sets-password")
def test_link_sets_the_password_that_its_person_chose(run, links, ada, attempt, verify):
    assert run(set_password(LINK, CHOSEN, links)).id == ada.id
    verified = verify(attempt("ada", CHOSEN.reveal()))
    assert verified.user_id == ada.id


@pytest.mark.requirement("security:46:single-use")
def test_link_works_once(run, links, ada, hasher):
    """security.md rule 46. A spent link costs no hash."""
    run(set_password(LINK, CHOSEN, links))
    hasher.calls.clear()
    with pytest.raises(LinkNotValid):
        run(set_password(LINK, Secret("another one of the same length"), links))
    assert hasher.calls == []


def test_two_who_use_one_link_at_once_set_one_password(run, links, ada, hasher):
    """The link is spent by another request while the password is hashed."""
    hash_password = hasher.hash

    async def overtaken(password, parameters):
        hasher.hash = hash_password
        await set_password(LINK, Secret("somebody else was faster"), links)
        return await hash_password(password, parameters)

    hasher.hash = overtaken
    with pytest.raises(LinkNotValid, match="while the password was hashed"):
        run(set_password(LINK, CHOSEN, links))


@pytest.mark.requirement("security:46:short-lived")
def test_link_dies_after_half_an_hour(run, links, ada, clock):
    """users.md U24, U47."""
    assert LinkPurpose.SET_PASSWORD.lifetime_seconds == 30 * 60
    clock.time = NOW + LinkPurpose.SET_PASSWORD.lifetime_seconds
    with pytest.raises(LinkNotValid):
        run(set_password(LINK, CHOSEN, links))


def test_refused_password_leaves_the_link_usable(run, links, ada):
    for text in ("too short", "passwordpassword", "notes notes ada 1"):
        with pytest.raises(PasswordRefused):
            run(set_password(LINK, Secret(text), links))
    assert run(set_password(LINK, CHOSEN, links)).id == ada.id


def test_made_up_link_costs_no_hash(run, links, ada, hasher):
    with pytest.raises(LinkNotValid):
        run(set_password(Secret("made up"), CHOSEN, links))
    assert hasher.calls == []


def test_account_without_a_password_cannot_be_opened(ada, attempt, verify):
    with pytest.raises(InvalidCredentials):
        verify(attempt("ada", ""))


@pytest.mark.requirement("oauth:S-1:hashes-stored")
def test_link_is_stored_as_a_hash():
    link = new_link(LINK, purpose=LinkPurpose.SET_PASSWORD, user_id="user_1", now=NOW)
    assert link.token_hash == digest(LINK)
    assert "canary" not in repr(link)
