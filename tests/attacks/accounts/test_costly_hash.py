"""A dump that names absurd costs, to stall the server at the first login.

What is refused is refused before anything is computed: the computations are counted.

Source: users.md U111; security.md rule 33; CWE-400.
"""

import json
from dataclasses import replace

import pytest

from watchword.accounts.errors import HashNotTaken, MalformedHash
from watchword.accounts.passwords import foreign, stored_hash
from watchword.accounts.passwords.foreign import format as foreign_format
from watchword.accounts.passwords.foreign import read_foreign
from watchword.accounts.passwords.hashing import verify_password
from watchword.accounts.passwords.schemes import SCHEMES
from watchword.base.secrets import Secret

HUGE = 2_147_483_647
DIGEST = "A" * 43


def keycloak(algorithm, iterations, memory="7168"):
    return json.dumps(
        {
            "secretData": json.dumps({"value": DIGEST + "=", "salt": "c2FsdHNhbHQ="}),
            "credentialData": json.dumps(
                {
                    "algorithm": algorithm,
                    "hashIterations": iterations,
                    "additionalParameters": {
                        "type": ["id"], "version": ["1.3"], "memory": [memory],
                        "parallelism": ["1"]},
                }
            ),
        }
    )  # fmt: skip


COSTLY = [
    f"pbkdf2_sha256${HUGE}$salt${DIGEST}=",
    f"pbkdf2_sha1${HUGE}$salt${'A' * 27}=",
    f"scrypt${2**30}$salt$8$1${DIGEST}=",
    f"scrypt${2**17}$salt$999$999${DIGEST}=",
    f"argon2$argon2id$v=19$m={HUGE},t=1,p=1$c2FsdHNhbHQ${DIGEST}",
    f"argon2$argon2id$v=19$m=65536,t={HUGE},p=1$c2FsdHNhbHQ${DIGEST}",
    f"$argon2id$v=19$m=1048576,t=16,p=1$c2FsdHNhbHQ${DIGEST}",
    "bcrypt$$2b$31$" + "." * 53,
    "bcrypt_sha256$$2b$31$" + "." * 53,
    "$2b$16$" + "." * 53,
    f"$bcrypt-sha256$v=2,t=2b,r=31${'.' * 22}${'.' * 31}",
    f"$bcrypt-sha256$2b,31${'.' * 22}${'.' * 31}",
    f"$pbkdf2-sha512${HUGE}$c2FsdA${'A' * 86}",
    f"$pbkdf2-sha512$i={HUGE},l=64$c2FsdA${'A' * 86}",
    f"$scrypt$ln=63,r=8,p=1$c2FsdA${DIGEST}",
    f"scrypt:{2**31}:8:1$salt${'ab' * 64}",
    f"pbkdf2:sha512:{HUGE}$salt${'ab' * 64}",
    f"{{PBKDF2-SHA256}}{HUGE}$c2FsdA${DIGEST}",
    keycloak("pbkdf2-sha256", HUGE),
    keycloak("pbkdf2", -1),
    keycloak("argon2", HUGE),
    keycloak("argon2", 1, memory="99999999"),
    "AQAAAAF/////AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
    f"$firebase-scrypt$ln=40,r=8$c2FsdA==$$AAAA{DIGEST}$AAAA{DIGEST}",
    f"$firebase-scrypt$ln=20,r=64$c2FsdA==$$AAAA{DIGEST}$AAAA{DIGEST}",
]


@pytest.fixture
def computed(monkeypatch):
    """Count every computation that any scheme makes."""
    calls = []

    def counted(scheme):
        return replace(scheme, derive=lambda *_: calls.append(scheme.name) or b"")

    table = {name: counted(scheme) for name, scheme in SCHEMES.items()}
    monkeypatch.setattr(stored_hash, "SCHEMES", table)
    monkeypatch.setattr(foreign_format, "SCHEMES", table)
    return calls


@pytest.mark.requirement("users:U111:bounded-cost")
@pytest.mark.parametrize("text", COSTLY, ids=[str(number) for number in range(len(COSTLY))])
def test_absurd_cost_is_refused_before_it_is_paid(text, computed):
    """users.md U111."""
    with pytest.raises(HashNotTaken) as refused:
        read_foreign(text)
    assert computed == []
    assert str(HUGE) not in refused.value.detail


@pytest.mark.parametrize(
    "row",
    [
        f"$pbkdf2-sha256$i={HUGE}$c2FsdA${DIGEST}",
        f"$scrypt$n=30,r=8,p=1$c2FsdA${DIGEST}",
        f"$firebase-scrypt$n=30,r=8$c2FsdA${DIGEST}",
        f"$bcrypt$r=31${'A' * 22}${'A' * 31}",
        f"$foreign-argon2id$v=19$m=1048576,t=16,p=1$c2FsdHNhbHQ${DIGEST}",
    ],
)
def test_altered_row_of_the_store_is_bounded_again(row, computed):
    """A stranger who can write a row cannot stall the server with it."""
    with pytest.raises(MalformedHash):
        verify_password(Secret("x"), row)
    assert computed == []


def test_a_text_is_bounded_before_it_is_searched():
    """The patterns never see more than 4,096 characters, so none can be made to backtrack."""
    for mark in (mark for each in foreign.FORMATS for mark in each.begins):
        with pytest.raises(HashNotTaken, match="too long"):
            read_foreign(mark + "$" * 1_000_000)
