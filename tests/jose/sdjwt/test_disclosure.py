"""Disclosures: made, read, hashed."""

import pytest
from tests.jose.sdjwt.credentials import disclosure

from watchword import sdjwt
from watchword.base import base64url
from watchword.base.chance import SYSTEM
from watchword.jose.sdjwt.disclosure import decoy, digest, hash_named_by, make, parse


class Counting:
    """A source that tells how much was taken."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def token_bytes(self, count: int) -> bytes:
        self.taken.append(count)
        return bytes([len(self.taken)]) * count


@pytest.mark.requirement("rfc9901:9.3:salt", "tokens:J-46:salts")
def test_each_salt_is_new_and_has_128_bits():
    chance = Counting()
    first, second = (make("name", "value", chance) for _ in range(2))
    assert chance.taken == [16, 16]
    assert first.text != second.text


@pytest.mark.parametrize("name", ["email", None])
def test_what_is_made_is_read(name):
    made = make(name, {"a": [1, None]}, SYSTEM)
    assert parse(made.text) == made


@pytest.mark.requirement("rfc9901:4.1.1:hash-allowlist", "tokens:J-46:hash")
def test_the_hash_is_sha_256_unless_it_is_named():
    assert hash_named_by({}) == "sha-256"
    assert hash_named_by({"_sd_alg": "sha-512"}) == "sha-512"


@pytest.mark.requirement("rfc9901:4.1.1:hash-allowlist", "tokens:J-46:hash")
@pytest.mark.parametrize("name", ["sha-256-32", "md5", "SHA-256", "sha256", "", None, 256, ["x"]])
def test_another_hash_is_refused(name):
    """RFC 9901 section 9.4: the registry holds hashes that are cut short."""
    with pytest.raises(sdjwt.DisclosureInvalid, match="sha-384") as refused:
        hash_named_by({"_sd_alg": name})
    assert (refused.value.claim, refused.value.got) == ("_sd_alg", name)


@pytest.mark.parametrize(("name", "length"), [("sha-256", 43), ("sha-384", 64), ("sha-512", 86)])
def test_decoys_look_like_digests(name, length):
    assert len(decoy(name, SYSTEM)) == len(digest("text", name)) == length


@pytest.mark.requirement("rfc9901:7.1:array-length", "tokens:J-46:refusals")
@pytest.mark.parametrize(
    "text",
    [
        disclosure(),
        disclosure("salt"),
        disclosure("salt", "name", "value", "more"),
        disclosure(7, "name", "value"),
        disclosure(None, "value"),
        disclosure("salt", 7, "value"),
        base64url.encode(b'{"salt": 1}'),
        base64url.encode(b'"text"'),
        base64url.encode(b'["salt", "name", {"a": 1, "a": 2}]'),
        base64url.encode(b'["salt", "name", NaN]'),
        base64url.encode(b'["salt", "name", ' + b"[" * 40 + b"]" * 40 + b"]"),
        base64url.encode(b"\xff"),
        "not base64!",
        disclosure("salt", "name", "value") + "=",
    ],
)
def test_what_is_no_disclosure_is_refused(text):
    with pytest.raises(sdjwt.DisclosureInvalid):
        parse(text)


@pytest.mark.requirement("rfc9901:7.1:reserved-names", "tokens:J-46:refusals")
@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_reserved_name_is_refused(name):
    with pytest.raises(sdjwt.DisclosureInvalid, match="reserves"):
        parse(disclosure("salt", name, "value"))


def test_no_repr_shows_what_is_hidden():
    assert "secret" not in repr(make("secret-name", "secret-value", SYSTEM))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (base64url.encode(b'"text"'), "a disclosure is no array"),
        (
            disclosure("salt"),
            "a disclosure is an array of salt, name and value, or of salt and value",
        ),
        ("A", "a disclosure is not canonical base64url"),
    ],
)
def test_the_refusal_says_what_a_disclosure_is(text, hint):
    with pytest.raises(sdjwt.DisclosureInvalid) as refused:
        parse(text)
    assert refused.value.hint == hint


def test_a_repr_shows_nothing_that_was_hidden():
    assert repr(parse(disclosure("salt", "email", "canary"))) == "Disclosure(...)"
