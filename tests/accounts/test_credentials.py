"""The one comparison of a credential: same calls, same parameters, whatever is wrong."""

import hashlib
from base64 import b64encode
from collections import Counter
from dataclasses import replace

import pytest

from watchword.accounts.credentials import UpgradeOutcome, VerifiedCredential
from watchword.accounts.errors import InvalidCredentials
from watchword.accounts.levels import Method, Proof
from watchword.accounts.passwords.foreign import read_foreign
from watchword.accounts.passwords.hashing import Argon2Parameters, Match, hash_password
from watchword.accounts.passwords.stored_hash import make_decoy
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret

CHEAP = Argon2Parameters(time_cost=1, memory_kib=8, lanes=1)
OLDER = Argon2Parameters(time_cost=1, memory_kib=16, lanes=1)
PASSWORD = "a quiet garden at dusk"
NOW = 1_800_000_000


@pytest.fixture
def refused(context, verify):
    """Try an attempt that must fail; return the error and the calls that it caused."""

    def try_it(attempt):
        context.hasher.calls.clear()
        with pytest.raises(InvalidCredentials) as error:
            verify(attempt)
        return error.value, tuple(context.hasher.calls)

    return try_it


def test_right_password_opens_an_active_account(run, add_user, context, attempt, verify):
    ada = add_user("ada")
    verified = verify(attempt("ADA"))
    assert verified == VerifiedCredential(
        ada.id,
        Proof(Method.PASSWORD, NOW),
        0,
        run(context.store.find_credential("ada")).password_hash,
    )
    assert "argon2id" not in repr(verified)


@pytest.mark.requirement("oauth:L-9:equal-times", "security:27:one-answer", "security:28:same-work")
def test_every_way_to_fail_makes_the_same_calls(run, store, add_user, refused, attempt):
    """security.md rules 27 and 28, section 3.3; oauth.md L-9; ASVS V6.3.8."""
    add_user("ada")
    suspended = add_user("bob")
    run(store.suspend_user(suspended.id, now=NOW))
    add_user("eve", password=None)
    attempts = {
        "wrong password": attempt("ada", "not the garden at dusk"),
        "no such user": attempt("nobody"),
        "suspended, right password": attempt("bob"),
        "suspended, wrong password": attempt("bob", "not the garden at dusk"),
        "no password yet": attempt("eve"),
        "no name that could be": attempt("two words"),
        "half a surrogate pair": attempt("\ud800"),
        "too long a name": attempt("n" * 5000),
        "empty password": attempt("ada", ""),
    }
    outcomes = {name: refused(each) for name, each in attempts.items()}
    assert {calls for _, calls in outcomes.values()} == {
        (
            ("find_credential",),
            ("take_attempt",),
            ("hash_histogram",),
            ("verify", f"${CHEAP.label}", len(hash_of(PASSWORD))),
            ("count_failure",),
        )
    }
    assert {(error.code, error.public) for error, _ in outcomes.values()} == {
        ("invalid_credentials", "the user name or the password is wrong")
    }
    details = {error.detail for error, _ in outcomes.values()}
    assert len(details) == 5  # the operator can tell the causes apart


def hash_of(text, parameters=CHEAP):
    return hash_password(Secret(text), parameters, chance=chance.SYSTEM)


@pytest.mark.requirement("security:28:live-histogram")
def test_unknown_names_meet_the_parameters_that_are_stored(add_user, refused, attempt):
    """security.md D5: after an upgrade, old accounts must not stand out."""
    for number in range(3):
        add_user(f"old{number}", parameters=OLDER)
    add_user("young")
    drawn = Counter(refused(attempt(f"nobody{n}"))[1][3][1] for n in range(200))
    assert set(drawn) == {f"${OLDER.label}", f"${CHEAP.label}"}
    assert 110 < drawn[f"${OLDER.label}"] < 190  # three quarters


def test_one_unknown_name_always_meets_the_same_parameters(add_user, refused, attempt):
    """Otherwise asking twice would tell a decoy from an account."""
    for number in range(3):
        add_user(f"old{number}", parameters=OLDER)
        add_user(f"young{number}")
    for number in range(20):
        spellings = (f"nobody{number}", f"NOBODY{number}")
        assert len({refused(attempt(name))[1] for name in spellings * 2}) == 1


def test_first_start_meets_todays_parameters(refused, attempt):
    assert refused(attempt("nobody"))[1][3][1] == f"${CHEAP.label}"


def test_decoys_of_another_server_differ(store, add_user, hasher, context, attempt, verify):
    """The draw is keyed: nobody can compute which names would meet which cost."""
    for number in range(4):
        add_user(f"old{number}", parameters=OLDER)
        add_user(f"young{number}")

    def draws(ctx):
        hasher.calls.clear()
        for number in range(40):
            with pytest.raises(InvalidCredentials):
                verify(attempt(f"nobody{number}"), ctx)
        return [call[1] for call in hasher.calls if call[0] == "verify"]

    other = replace(context, decoy_key=b"o" * 32)
    assert draws(context) != draws(other)


@pytest.mark.requirement("security:33:rehash-on-success")
def test_old_hash_is_replaced_on_success(run, store, add_user, attempt, verify):
    """security.md rule 33."""
    add_user("ada", parameters=OLDER)
    verified = verify(attempt("ada"))
    stored = run(store.find_credential("ada")).password_hash
    assert stored == verified.password_hash
    assert stored.startswith(f"${CHEAP.label}$")
    assert run(store.hash_histogram()) == ((CHEAP.label, 1),)
    assert verify(attempt("ada")).password_hash == stored


def test_old_hash_stays_on_failure(run, store, add_user, refused, attempt):
    add_user("ada", parameters=OLDER)
    refused(attempt("ada", "not the garden at dusk"))
    assert run(store.find_credential("ada")).password_hash.startswith(f"${OLDER.label}$")


def test_password_changed_during_the_rehash_keeps_what_was_verified(
    run, store, add_user, context, attempt, verify
):
    """The issuing transaction then sees that the hash is another one, and refuses."""
    add_user("ada", parameters=OLDER)
    verified_hash = run(store.find_credential("ada")).password_hash
    hash_password = context.hasher.hash

    async def overtaken(password, parameters):
        outcome = await store.upgrade_password_hash(
            "user_ada",
            old=verified_hash,
            new=hash_of("changed by its owner meanwhile"),
            must_change=False,
        )
        assert outcome is UpgradeOutcome.UPGRADED
        return await hash_password(password, parameters)

    context.hasher.hash = overtaken
    assert verify(attempt("ada")).password_hash == verified_hash


def test_hasher_that_says_different_is_believed(add_user, context, attempt, verify):
    """The verdict is the hasher's alone: nothing else compares a credential."""
    add_user("ada")

    async def different(_password, _password_hash):
        return Match.DIFFERENT

    context.hasher.verify = different
    with pytest.raises(InvalidCredentials):
        verify(attempt("ada"))


def test_no_text_holds_the_secrets(run, add_user, context, attempt, refused):
    """STYLE section 7."""
    add_user("ada")
    mine = attempt("ada", "canary-password")
    error, _ = refused(mine)
    texts = f"{error} {error!r} {error.detail} {mine!r} {context!r}"
    assert "canary" not in texts
    assert "d" * 32 not in texts
    assert "argon2id$v=19$m=8,t=1,p=1$" not in repr(run(context.store.find_credential("ada")))


# One of each kind, at the least cost that it may have; of the passwords nobody knows.
FOREIGN_LABELS = (
    "bcrypt$r=4",
    "bcrypt-hex-sha256$r=4",
    "bcrypt-hmac-sha256$r=4",
    "foreign-argon2id$v=19$m=8,t=1,p=1",
    "pbkdf2-sha1$i=10",
    "pbkdf2-sha256$i=10",
    "pbkdf2-sha512$i=10",
    "scrypt$n=2,r=8,p=1",
    "firebase-scrypt$n=2,r=8",
    "salted-sha1$i=1",
    "salted-sha512$i=1",
)


@pytest.fixture
def add_foreign(run, store):
    def add(name, label):
        made = make_decoy(label, name.encode())
        run(store.add_user(NewUser(f"user_{name}", name, made, frozenset(), NOW)))

    return add


@pytest.mark.requirement("users:U113:drawn-from-imports")
def test_unknown_names_meet_the_schemes_of_imported_accounts(add_foreign, refused, attempt):
    """users.md U113: after an import, neither the old accounts nor the unknown ones stand out."""
    for number, label in enumerate(FOREIGN_LABELS):
        add_foreign(f"import{number}", label)
    known = {refused(attempt(f"import{n}"))[1] for n in range(len(FOREIGN_LABELS))}
    unknown = {refused(attempt(f"nobody{n}"))[1] for n in range(300)}
    assert len(known) == len(FOREIGN_LABELS)
    assert unknown == known  # the same calls with the same parameters, down to the lengths


@pytest.fixture
def imported(run, store):
    """Add a user whose hash came from a directory."""

    def add(name, password):
        made = b"salt" + hashlib.sha1(password.encode() + b"salt").digest()
        stored = read_foreign("{SSHA}" + b64encode(made[4:] + made[:4]).decode()).text
        run(store.add_user(NewUser(f"user_{name}", name, stored, frozenset(), NOW)))

    return add


@pytest.mark.requirement("users:U111:upgraded")
def test_imported_hash_is_verified_once_and_replaced(run, store, imported, verify, attempt):
    """users.md U111."""
    imported("ada", PASSWORD)
    verified = verify(attempt("ada"))
    stored = run(store.find_credential("ada")).password_hash
    assert verified.password_hash == stored
    assert stored.startswith(f"${CHEAP.label}$")
    assert run(store.hash_histogram()) == ((CHEAP.label, 1),)
    assert not run(store.read_overview("user_ada", now=NOW)).must_change_password


@pytest.mark.requirement("security:30:imported-short")
def test_imported_short_password_works_and_is_asked_to_change(
    run, store, imported, verify, attempt
):
    """security.md rule 30, ARCHITECTURE section 6."""
    imported("ada", "hunter2")
    for _ in range(2):
        verify(attempt("ada", "hunter2"))
        assert run(store.read_overview("user_ada", now=NOW)).must_change_password
