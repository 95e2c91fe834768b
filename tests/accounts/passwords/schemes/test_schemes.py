"""Schemes: limits, labels, decoys and peppers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.errors import MalformedHash
from watchword.accounts.passwords import stored_hash
from watchword.accounts.passwords.foreign import read_foreign
from watchword.accounts.passwords.hashing import (
    Argon2Parameters,
    Match,
    hash_password,
    needs_rehash,
    verify_password,
)
from watchword.accounts.passwords.schemes import SCHEMES, bcrypt
from watchword.accounts.passwords.schemes.scheme import FOREIGN_PASSWORD_BYTES_MAX
from watchword.accounts.passwords.stored_hash import make_decoy, pepper_id, read
from watchword.base import chance
from watchword.base.secrets import Secret

PEPPER, OTHER = b"p" * 32, b"o" * 32
PEPPERS = {pepper_id(PEPPER): PEPPER, pepper_id(OTHER): OTHER}


def cheapest(scheme):
    parameters = {name: least for name, (least, _) in scheme.limits.items()}
    if scheme.name.endswith(("$v=19", "$v=16")):
        parameters["m"] = 8 * parameters["p"]
    return parameters


@pytest.mark.requirement("users:U113:every-scheme")
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
def test_decoy_of_every_scheme_is_a_hash_that_costs_what_its_label_says(scheme):
    """users.md U113: the hash of nobody goes through the same computation."""
    label = scheme.label(cheapest(scheme))
    made = make_decoy(label, b"seed")
    assert read(made).label == label
    assert verify_password(Secret("a quiet garden"), made) is Match.DIFFERENT
    assert make_decoy(label, b"seed") == made != make_decoy(label, b"seeds")


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
def test_parameters_beyond_a_limit_are_no_stored_hash(scheme):
    for name, (least, most) in scheme.limits.items():
        for number in (least - 1, most + 1, 10 * most):
            label = scheme.label({**cheapest(scheme), name: number})
            with pytest.raises(MalformedHash):
                make_decoy(label, b"seed")
            with pytest.raises(MalformedHash):
                read(f"${label}${'A' * 22}${'A' * 43}")


@pytest.mark.parametrize(
    "label",
    [
        "argon2id$v=19$m=1048576,t=16,p=1",  # each within its limit, together too much
        "scrypt$n=20,r=32,p=1",
        "scrypt$n=18,r=8,p=16",
        "argon2id$v=19$m=8,t=1,p=2",
        "argon2id$v=19$m=08,t=1,p=1",
        "argon2id$v=19$m=8,t=1,t=1",
        "argon2id$v=19$m=8,p=1,t=1",
        "argon2id$v=19$m=8,t=1,p=1,x=1",
        "unheard-of$i=1",
        "pbkdf2-sha256$i=1,keyid=AAAAAAAA",
        "pbkdf2-sha256",
        "",
    ],
)
def test_label_has_one_spelling_and_one_bound(label):
    with pytest.raises(MalformedHash):
        make_decoy(label, b"seed")


def test_salt_and_digest_have_one_spelling_and_the_length_of_their_scheme():
    good = make_decoy("pbkdf2-sha256$i=1", b"seed")
    head, salt, digest = good.rsplit("$", 2)
    for text in (
        f"{head}${salt[:-1]}+${digest}",
        f"{head}$A${digest}",
        f"{head}${salt}${digest[:-2]}",
        f"{head}${'A' * 172}${digest}",
        f"{good}\n",
        good[1:],
        "$pbkdf2-sha512$i=1$AAAA$" + "A" * 21,
    ):
        with pytest.raises(MalformedHash):
            read(text)


@pytest.mark.parametrize(
    ("text", "password"),
    [
        # The encoded hashes of the reference implementation's test.c, of version 0x10.
        ("$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
         "password"),
    ],
)  # fmt: skip
def test_argon2_without_a_version_is_of_the_first_one(text, password):
    stored = read_foreign(text).text
    assert stored.startswith("$foreign-argon2i$v=16$")
    assert verify_password(Secret(password), stored) is Match.SAME
    assert verify_password(Secret("passwore"), stored) is Match.DIFFERENT


@given(st.text(max_size=40), st.binary(min_size=8, max_size=30))
def test_foreign_password_is_taken_as_typed_and_own_is_normalised(text, salt):
    """Others hash what was typed; watchword hashes one spelling of it."""
    scheme = SCHEMES["salted-sha256"]
    spelled = scheme.spelling(Secret(text))
    assert spelled.decode("utf-8", "surrogatepass") == text
    derived = scheme.derive(spelled, salt, {"i": 1}, 32)
    stored = stored_hash.StoredHash(scheme, {"i": 1}, salt, derived)
    assert read(stored.text).is_of(Secret(text), {})


def test_without_the_library_a_bcrypt_hash_names_the_line_to_type(monkeypatch):
    def missing(_):
        raise ImportError

    monkeypatch.setattr(bcrypt, "import_module", missing)
    with pytest.raises(MalformedHash, match=r"watchword\[bcrypt\]"):
        verify_password(Secret("x"), make_decoy("bcrypt$r=4", b"seed"))
    monkeypatch.setattr(bcrypt, "find_spec", lambda _: None)
    assert not bcrypt.is_installed()


@pytest.mark.requirement("users:U111:bounded-password")
def test_overlong_password_costs_a_foreign_hash_no_more_and_is_wrong():
    """A scheme that reads the password once a round would be paid for by its length."""
    seen = []
    scheme = SCHEMES["salted-sha1"]

    def derive(password, salt, parameters, length):
        seen.append(len(password))
        return scheme.derive(password, salt, parameters, length)

    most = "x" * FOREIGN_PASSWORD_BYTES_MAX
    digest = scheme.derive(most.encode(), b"salt", {"i": 1}, 20)
    stored = stored_hash.StoredHash(replace(scheme, derive=derive), {"i": 1}, b"salt", digest)
    assert stored.is_of(Secret(most), {})
    assert not stored.is_of(Secret(most * 60), {})
    assert seen == [FOREIGN_PASSWORD_BYTES_MAX] * 2


@pytest.mark.requirement("security:33:pepper")
def test_pepper_goes_into_the_hash_and_its_name_into_the_label():
    """security.md rule 33: a stolen table of hashes is of no use without the pepper."""
    peppered = Argon2Parameters(1, 8, 1, key_id=pepper_id(PEPPER))
    stored = hash_password(Secret("garden"), peppered, chance=chance.SYSTEM, peppers=PEPPERS)
    assert stored.startswith(f"$argon2id$v=19$m=8,t=1,p=1,keyid={pepper_id(PEPPER)}$")
    assert verify_password(Secret("garden"), stored, PEPPERS) is Match.SAME
    assert verify_password(Secret("gardens"), stored, PEPPERS) is Match.DIFFERENT
    with pytest.raises(MalformedHash, match="not at hand"):
        verify_password(Secret("garden"), stored)
    swapped = stored.replace(pepper_id(PEPPER), pepper_id(OTHER))
    assert verify_password(Secret("garden"), swapped, PEPPERS) is Match.DIFFERENT
    assert PEPPER.hex() not in stored


def test_change_of_pepper_is_a_change_of_parameters():
    plain = Argon2Parameters(1, 8, 1)
    stored = hash_password(Secret("garden"), plain, chance=chance.SYSTEM)
    assert not needs_rehash(stored, plain)
    for pepper in (PEPPER, OTHER):
        assert needs_rehash(stored, Argon2Parameters(1, 8, 1, key_id=pepper_id(pepper)))
