"""What an account is to be by a row, and whether it is. Source: users.md U10, U46 and U111."""

from dataclasses import replace

import pytest

from watchword.accounts import following
from watchword.accounts.directory import Entry, Identity, is_another_row, is_followed, mark, mark_of
from watchword.accounts.following import follow, follow_gone
from watchword.accounts.users import UserStatus

DJANGO = "pbkdf2_sha256$1000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
BCRYPT = "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuVEpmEGmRCoLiKSZ6JnM2DK8n5C1l3P6"
ENTRY = Entry("7", "2026", "Ada", "Ada@Example.com", False, True, DJANGO)
KNOWN = Identity(
    user_id="user_1",
    name="ada",
    status=UserStatus.ACTIVE,
    is_suspended_by_directory=False,
    key="7",
    born="2026",
    address="ada@example.com",
    has_open_claim=True,
    mark=mark(DJANGO),
)


def wanted(entry=ENTRY, known=KNOWN):
    return follow(entry, "people", known=known, is_same_row=False, new_id="user_2", now=5)


def test_row_is_read_in_the_form_that_accounts_have():
    found = wanted()
    assert (found.issuer, found.key, found.born, found.new_id) == ("people", "7", "2026", "user_2")
    assert (found.name, found.canonical_address, str(found.address)) == (
        "ada",
        "ada@example.com",
        "Ada@Example.com",
    )
    assert found.password_hash.startswith("$pbkdf2-sha256$i=1000$")
    assert DJANGO not in repr((found, ENTRY))


@pytest.mark.parametrize("password", ["", "!nobodys", "md5$salt$00", "a hash of nobody's"])
def test_hash_that_is_not_read_leaves_no_password(password):
    found = wanted(replace(ENTRY, password=password))
    assert found.password_hash is None
    assert found.mark == mark_of(replace(ENTRY, password=password))


def test_bcrypt_is_no_password_where_its_library_is_missing(monkeypatch):
    entry = replace(ENTRY, password=BCRYPT)
    assert wanted(entry).password_hash.startswith("$bcrypt")
    monkeypatch.setattr(following, "is_installed", lambda: False)
    assert wanted(entry).password_hash is None


@pytest.mark.parametrize("address", ["", "no address"])
def test_address_that_is_none_is_left_out(address):
    found = wanted(replace(ENTRY, address=address))
    assert (found.address, found.canonical_address) == (None, "")


def test_name_that_no_account_can_have_leaves_the_name_as_it_was():
    entry = replace(ENTRY, name="no name", is_active=False)
    assert (wanted(entry).name, wanted(entry).is_active) == ("ada", False)
    with pytest.raises(ValueError, match="user name"):
        wanted(entry, known=None)


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({"born": "2027"}, False),  # the hash has stayed
        ({"password": "!"}, False),
        ({"born": "2027", "password": "!"}, True),
        ({"born": "2027", "password": ""}, True),
    ],
)
def test_row_is_another_only_where_birth_and_password_are(change, is_another):
    row = wanted(replace(ENTRY, **change))
    assert is_another_row(KNOWN, row) is is_another
    assert not is_another_row(KNOWN, replace(row, is_same_row=True))


@pytest.mark.parametrize("password", ["", "!", "unusable"])
def test_rows_without_a_password_have_no_mark_in_common(password):
    """Or the account of a row that is gone would be that of the next row under its key."""
    one, other = (replace(ENTRY, password=password, born=born) for born in ("2026", "2027"))
    assert mark_of(one) != mark_of(other)
    assert mark_of(ENTRY) == mark(DJANGO)


SUSPENDED = replace(KNOWN, status=UserStatus.SUSPENDED)
BY_DIRECTORY = replace(SUSPENDED, is_suspended_by_directory=True)


@pytest.mark.parametrize(
    ("known", "entry", "is_as_it_is_to_be"),
    [
        (KNOWN, ENTRY, True),
        (None, ENTRY, False),
        (None, replace(ENTRY, is_active=False), True),
        (KNOWN, replace(ENTRY, is_active=False), False),
        (SUSPENDED, ENTRY, True),  # by somebody here, for whom the directory does not speak
        (SUSPENDED, replace(ENTRY, is_active=False), True),
        (BY_DIRECTORY, ENTRY, False),
        (BY_DIRECTORY, replace(ENTRY, is_active=False), True),
        (KNOWN, replace(ENTRY, born="2027"), False),
        (KNOWN, replace(ENTRY, name="ida"), False),
        (KNOWN, replace(ENTRY, address=""), False),
        (KNOWN, replace(ENTRY, password="!"), False),
        (KNOWN, replace(ENTRY, is_verified=True), False),
        (replace(KNOWN, has_open_claim=False), replace(ENTRY, is_verified=True), True),
    ],
)
def test_account_is_changed_only_where_it_differs(known, entry, is_as_it_is_to_be):
    assert is_followed(known, wanted(entry, known)) is is_as_it_is_to_be


@pytest.mark.parametrize("address", ["ada@example.com", ""])
def test_account_of_a_row_that_is_not_found_is_suspended_and_stays_as_it_is(address):
    known = replace(KNOWN, address=address)
    gone = follow_gone(known, "people", now=9)
    assert not is_followed(known, gone)
    suspended = replace(known, status=UserStatus.SUSPENDED, is_suspended_by_directory=True)
    assert is_followed(suspended, gone)
    assert is_followed(suspended, wanted(replace(ENTRY, address=address))) is False
