"""Argon2id: parameters, stored form, comparison."""

import pytest

from watchword.accounts.errors import MalformedHash
from watchword.accounts.passwords import hashing
from watchword.accounts.passwords.hashing import (
    PARAMETERS,
    Argon2Parameters,
    Match,
    hash_password,
    needs_rehash,
    verify_password,
)
from watchword.accounts.passwords.stored_hash import read_label
from watchword.base import chance
from watchword.base.secrets import Secret

CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
SALT, DIGEST = "c2FsdHNhbHRzYWx0c2FsdA", "A" * 43


def hashed(text, parameters=CHEAP):
    return hash_password(Secret(text), parameters, chance=chance.SYSTEM)


@pytest.mark.requirement("security:33:argon2id-parameters")
def test_stored_hash_names_the_parameters_of_the_standard():
    """security.md rule 33; OWASP ASVS V11.4.2: t=2, m=19 MiB, p=1."""
    password_hash = hashed("a quiet garden", PARAMETERS)
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(Secret("a quiet garden"), password_hash) is Match.SAME


def test_two_hashes_of_one_password_differ():
    assert hashed("a quiet garden") != hashed("a quiet garden")


@pytest.mark.requirement("security:30:nothing-truncated")
def test_every_character_counts():
    """security.md rule 30: nothing truncated, nothing case-changed."""
    password = "x" * 1023 + "y"
    password_hash = hashed(password)
    assert verify_password(Secret(password), password_hash) is Match.SAME
    for other in ("x" * 1024, "x" * 1023, password.upper()):
        assert verify_password(Secret(other), password_hash) is Match.DIFFERENT


@pytest.mark.requirement("security:31:normalised")
def test_composed_and_decomposed_spellings_are_one_password():
    """security.md rule 31; NIST SP 800-63B-4 section 3.1.1.2."""
    assert verify_password(Secret("cafe\u0301 ﬁne"), hashed("café fine")) is Match.SAME


def test_half_of_a_surrogate_pair_is_a_wrong_password_like_any_other():
    assert verify_password(Secret("\ud800"), hashed("a quiet garden")) is Match.DIFFERENT


@pytest.mark.parametrize(
    "password_hash",
    [
        "",
        "plain text",
        "$2b$12$abcdefghijklmnopqrstuv",
        f"$argon2i$v=19$m=8,t=1,p=1${SALT}${DIGEST}",
        f"$argon2id$v=16$m=8,t=1,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=8,p=1,t=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=2147483647,t=1,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=1048577,t=1,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=8,t=17,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=8,t=0,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=999,t=1,p=17${SALT}${DIGEST}",
        f"$argon2id$v=19$m=15,t=1,p=2${SALT}${DIGEST}",
        f"$argon2id$v=19$m=8,t=1,p=1$short${DIGEST}",
        f"$argon2id$v=19$m=8,t=1,p=1${SALT}${DIGEST}\n",
        f"$argon2id$v=19$m=8,t=1,p=1${'A' * 25}${DIGEST}",
    ],
)
def test_unreadable_or_costly_hash_is_our_failure(password_hash):
    """A row altered by a stranger neither opens an account nor stalls the server."""
    with pytest.raises(MalformedHash) as refused:
        verify_password(Secret("a quiet garden"), password_hash)
    assert "quiet" not in str(refused.value)
    assert SALT not in str(refused.value)


def test_label_is_how_a_stored_hash_begins():
    assert read_label(hashed("a quiet garden")) == CHEAP.label


def test_other_parameters_need_a_rehash():
    assert not needs_rehash(hashed("a quiet garden"), CHEAP)
    assert needs_rehash(hashed("a quiet garden"), PARAMETERS)


def test_salt_comes_from_the_chance_that_is_given():
    class Fixed:
        def token_bytes(self, count):
            return b"s" * count

    one, two = (hash_password(Secret("garden"), CHEAP, chance=Fixed()) for _ in range(2))
    assert one == two
    assert hashing.SALT_BYTES == 16
