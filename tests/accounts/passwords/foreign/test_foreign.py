"""Hashes of other systems: their own values verify, everything else is refused with a reason.

The values were made by the systems themselves: tests/vectors/password_hashes.
"""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.passwords.foreign import FORMATS, read_foreign
from watchword.accounts.passwords.hashing import PARAMETERS, Match, needs_rehash, verify_password
from watchword.accounts.passwords.schemes import SCHEMES
from watchword.accounts.passwords.stored_hash import read
from watchword.base.secrets import Secret

VECTORS = Path(__file__).parents[3] / "vectors" / "password_hashes"
PEERS = json.loads((VECTORS / "peers.json").read_text("utf-8"))
PUBLISHED = json.loads((VECTORS / "published.json").read_text("utf-8"))
EVERY = [(f"{e['peer']} {e['format']}", e["text"], e["password"]) for e in PEERS["made"]] + [
    (each["source"], each["text"], each["password"]) for each in PUBLISHED
]


@pytest.mark.requirement("users:U111:formats")
@pytest.mark.parametrize(
    ("text", "password"),
    [each[1:] for each in EVERY],
    ids=[str(number) for number in range(len(EVERY))],
)
def test_hash_that_a_system_made_verifies_in_its_stored_form(text, password):
    """users.md U111."""
    stored = read_foreign(text).text
    assert read(stored).text == stored
    assert verify_password(Secret(password), stored) is Match.SAME
    assert verify_password(Secret(password + "x"), stored) is Match.DIFFERENT
    assert verify_password(Secret(""), stored) is Match.DIFFERENT
    assert needs_rehash(stored, PARAMETERS)


def test_every_format_and_every_scheme_has_a_value_of_its_system():
    """STYLE section 10: no algorithm without vectors."""
    texts = [text for _, text, _ in EVERY]
    for format_ in FORMATS:
        assert any(text.startswith(format_.begins) for text in texts), format_.name
    made = {read_foreign(text).scheme.name for text in texts}
    # Argon2 of version 0x10 has values in test_schemes.py: no peer in use makes it.
    assert set(SCHEMES) - made == {
        "argon2id$v=19", "foreign-argon2id$v=16", "foreign-argon2i$v=16"}  # fmt: skip


@pytest.mark.requirement("users:U112:seventy-two-bytes")
def test_bcrypt_reads_seventy_two_bytes_of_a_longer_password():
    """users.md U112: for an imported hash, because that is what made it."""
    crypt = pytest.importorskip("bcrypt")
    made = crypt.hashpw(b"x" * 72, crypt.gensalt(4)).decode("ascii")
    stored = read_foreign(made).text
    for long in ("x" * 72, "x" * 73, "x" * 72 + "anything"):
        assert verify_password(Secret(long), stored) is Match.SAME
    assert verify_password(Secret("x" * 71), stored) is Match.DIFFERENT
    assert needs_rehash(stored, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no password hash"),
        ("x" * 4097, "too long"),
        ("hunter2 hunter2", "not recognised"),
        ("!", "no usable password"),
        ("*locked*", "no usable password"),
        (PEERS["not_taken"][0]["text"], "sha512_crypt"),
        (PEERS["not_taken"][1]["text"], "sha256_crypt"),
        ("$1$abcdefgh$0123456789012345678901", "md5_crypt"),
        ("$2x$05$wrJW3zS2oMTkS.bY/tVq2.uSD71GSu8vG8iCSV7MhLGludXkfnrpm", "known fault"),
        ("$argon2d$v=19$m=64,t=1,p=4$bE3p/b/3fg+hFGKstXaOEQ$3UFqpOqHEaylm6kR0q61", "Argon2d"),
        ("md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3", "Django's md5"),
        ("sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8", "Django's sha1"),
        ("{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", "{SHA}"),
        ("{MD5}gnzLDuqKcGxMNKFokfhOew==", "{MD5}"),
        ("{CRYPT}$6$rounds=1000$gwi08oBborIFm3YV$ZpsAQ", "{CRYPT}"),
        ("{SSHA}!!!", "no base64"),
        ("{SSHA}", "malformed"),
        ("{SSHA}AAAA", "of a length"),
        ("{SSHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", "a salt of a length"),
        ("pbkdf2_sha256$260000$$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=", "malformed"),
        ("pbkdf2_sha256$0260000$a$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=", "malformed"),
        ("pbkdf2_sha256$260000$a$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c", None),
        ("pbkdf2_sha256$260000$a$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7d=", "no base64"),
        ("pbkdf2_sha256$260000$a$AAAA", "a digest of a length"),
        ("scrypt$1000$a$8$1$" + "A" * 86, "no power of two"),
        ("scrypt$1$a$8$1$" + "A" * 86, "no power of two"),
        ("pbkdf2:sha256:1000$a$" + "AB" * 32, "malformed"),
        ("pbkdf2:sha256:1000$a$" + "a" * 63, "not hexadecimal"),
        ("pbkdf2:sha256:1000$a$" + "ab" * 33, "a digest of a length"),
        ("scrypt:1024:8:1$a$", "malformed"),
        ("$pbkdf2-sha256$1000$a+b$CArdMe7npI3Fe2", "malformed"),
        ("$pbkdf2-sha512$i=1000,l=64$c2FsdA$" + "A" * 43, "another length than it says"),
        ("$bcrypt-sha256$v=2,t=2b,r=5$.eHnNvKrv1WbuDqwgM8Zif$JnDBV/oNTbYzDllWago0Bfx0IXTwvMC",
         "bcrypt_sha256 hash is malformed"),
        ("$2b$12$tooshort", "malformed"),
        ("$argon2id$v=19$m=64,t=1,p=4,keyid=AAAA$bE3p/b/3fg$3UFqpOqHEaylm6kR0q61s", "malformed"),
        ("$argon2id$v=19$t=1,m=64,p=4$bE3p/b/3fg$3UFqpOqHEaylm6kR0q61s", "malformed"),
        ("Alice in Wonderland", "no base64"),
        ("AQID", "no ASP.NET"),
        ("AQAAAAEAACcQAAAAAA==", "no ASP.NET"),
        ("AQAAAAkAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7c", "no ASP.NET"),
        ("AQAAAAEAACcQAAAACAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7c", "no ASP.NET"),
        ("{\"x\"", "no JSON"),
        ('{"a": 1}', "no secretData"),
        ('{"secretData": "[]", "credentialData": "{}"}', "no JSON object"),
        ('{"secretData": "{}", "credentialData": "{}"}', "no salt"),
        ("$firebase-scrypt$ln=14,r=8$AAAA$$AAAA$AAAAAAAA", "length of the signer key"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_a_reason(text, reason):
    if reason is None:  # padding may be left away
        assert read_foreign(text).label == "pbkdf2-sha256$i=260000"
        return
    with pytest.raises(HashNotTaken) as refused:
        read_foreign(text)
    assert reason in refused.value.detail


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("{CRYPT}$2y$05$wrJW3zS2oMTkS.bY/tVq2.uSD71GSu8vG8iCSV7MhLGludXkfnrpm", "bcrypt$r=5"),
        (f"{{ARGON2}}$argon2id$v=19$m=64,t=1,p=4$bE3p/b/3fg+hFGKstXaOEQ${'A' * 43}",
         "foreign-argon2id$v=19$m=64,t=1,p=4"),
        (f"{{PBKDF2}}1000$c2FsdA${'A' * 27}", "pbkdf2-sha1$i=1000"),
    ],
)  # fmt: skip
def test_directory_holds_hashes_of_others_too(text, label):
    assert read_foreign(text).label == label


@pytest.mark.parametrize(
    "text",
    [
        "$pbkdf2-sha256$1000$c2FsdA=$" + "A" * 43,
        "$pbkdf2-sha256$i=9000000,l=32$c2FsdA$" + "A" * 43,
        "pbkdf2:sha256:1000$a$" + "aé",
    ],
)
def test_odd_pieces_are_refused(text):
    with pytest.raises(HashNotTaken):
        read_foreign(text)


def keycloak(value="QQ==" * 8, salt="c2FsdA==", **data):
    return json.dumps(
        {
            "secretData": json.dumps({"value": value, "salt": salt}),
            "credentialData": json.dumps(data),
        }
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"algorithm": "pbkdf2"}, "no number of iterations"),
        ({"algorithm": "pbkdf2", "hashIterations": True}, "no number of iterations"),
        ({"algorithm": "pbkdf2", "hashIterations": "9"}, "no number of iterations"),
        ({"algorithm": "md5", "hashIterations": 9}, "not taken over"),
        ({"algorithm": None, "hashIterations": 9}, "not taken over"),
        ({"algorithm": "argon2", "hashIterations": 9}, "no parameters"),
        ({"algorithm": "argon2", "hashIterations": 9, "additionalParameters": {}}, "malformed"),
        (
            {
                "algorithm": "argon2",
                "hashIterations": 9,
                "additionalParameters": {
                    "type": ["d"], "version": ["1.3"], "memory": ["64"], "parallelism": ["1"]},
            },
            "of a type",
        ),
        (
            {
                "algorithm": "argon2",
                "hashIterations": 9,
                "additionalParameters": {
                    "type": ["id"], "version": ["1.3"], "memory": ["-64"], "parallelism": ["1"]},
            },
            "malformed parameters",
        ),
    ],
)  # fmt: skip
def test_keycloak_credential_is_read_strictly(data, reason):
    with pytest.raises(HashNotTaken) as refused:
        read_foreign(keycloak(value="QUFB" * 8, **data))
    assert reason in refused.value.detail


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    """Nothing but HashNotTaken comes out, whatever goes in."""
    for mark in ("", "{SSHA}", "A", "$2b$", "pbkdf2_sha256$", "{", "$firebase-scrypt$", "scrypt:"):
        with contextlib.suppress(HashNotTaken):
            read_foreign(mark + text)


@given(st.sampled_from([text for _, text, _ in EVERY]), st.integers(0, 300), st.characters())
def test_altered_hash_is_refused_or_stored_in_one_spelling(text, at, character):
    altered = text[:at] + character + text[at + 1 :]
    try:
        stored = read_foreign(altered).text
    except HashNotTaken:
        return
    assert read(stored).text == stored
