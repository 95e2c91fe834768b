import base64
import json
import os
import tracemalloc
import uuid
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jose.keys import key

from watchword.base.limits import SECRET_BYTES_MAX
from watchword.jose.jwk.disguise import disguise

# The matrix of real keys in their encodings is tests/attacks/tokens/test_algorithm_confusion.py.


@pytest.mark.parametrize("length", [32, 44, 48, 64, 100, 300])
def test_random_bytes_and_their_texts_pass(length):
    for _ in range(200):
        data = os.urandom(length)
        assert disguise(data) is None
        assert disguise(data.hex().encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        b"correct horse battery staple and some more words",
        b"[section] of a file that is no JSON at all, honestly",
        b"{not json but braces} " * 3,
        b"0" + b"\x30" * 50,
        b"\x30\x2a\x30\x05" + b"\xff" * 40,  # starts as DER and does not go on as such
        b"\x30\x2a\x30\x28" + b"\0" * 39,  # too short for what it announces
        b"\x30\x2a\x04\x28" + b"\0" * 40,  # an OCTET STRING first: no key starts so
        b"\x30\x2a" + b"\x02\x27" + b"\0" * 39 + b"\x02",  # half an element at the end
        b"\x30\x84\xff\xff\xff\xff" + b"\x02" * 50,
        b"A" * 45,  # no multiple of four, no padding
        b"\x30",
    ],
)
def test_other_secrets_pass(text):
    assert disguise(text) is None


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b'{"kty": "oct", broken', "JWK"),
        (b'[{"a": 1}]', "JSON"),
        (b"\x30\x2a" + b"\x02\x28" + b"\1" * 40, "DER"),
        (b"\x30\x2a" + b"\x30\x05" + b"\1" * 5 + b"\x03\x21" + b"\1" * 33, "DER"),
        (b"\x30\x81\x80" + b"\x02\x7e" + b"\1" * 126, "DER"),
        (b"\0\0\0\x0bssh-ed25519" + b"x" * 36, "SSH"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519", "PEM"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----", "PEM"),
        (b'from="*.example" ssh-rsa AAAAB3NzaC1yc2E= me@host', "SSH"),
    ],
)
def test_key_files_are_recognised(data, form):
    assert form in disguise(data)


TEXTS = {
    "bytes": bytes,
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "base64 without padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 twice": lambda data: base64.b64encode(base64.b64encode(data)),
    "base64 lines": base64.encodebytes,
    "hex": lambda data: data.hex().encode(),
    "hex with colons": lambda data: data.hex(":").encode(),
    "hex after 0x": lambda data: b"0x" + data.hex().encode(),
    "base85": base64.b85encode,
    "escapes": lambda data: repr(data).encode(),
    "JSON text": lambda data: json.dumps(data.hex()).encode(),
    "UUIDs": lambda data: b" ".join(str(uuid.UUID(bytes=data[:16])).encode() for _ in range(2)),
}


@pytest.mark.parametrize("name", TEXTS)
@given(seed=st.integers(0), length=st.integers(32, 600))
def test_a_random_secret_passes_in_every_text_form(name, seed, length):
    """The other side of the matrix: what a generator makes is never taken for a key."""
    assert disguise(TEXTS[name](Random(seed).randbytes(length))) is None


@given(
    st.lists(
        st.sampled_from(
            ["correct", "horse", "battery", "staple", "key", "keys", "kty", "begin", "0x30"]
        )
    )
)
def test_passphrases_pass(words):
    assert disguise(" ".join(words).encode()) is None


FILES = (
    key("ES256").to_der(),
    key("RS256").to_pem().encode(),
    key("ES256").to_ssh().encode(),
    json.dumps(key("Ed25519").to_jwk()).encode(),
)
WRAPS = (
    base64.b64encode,
    base64.urlsafe_b64encode,
    base64.encodebytes,
    lambda data: base64.b64encode(data).rstrip(b"="),
    lambda data: data.hex().encode(),
    lambda data: data.hex(":").encode(),
    lambda data: repr(data).encode(),
    lambda data: b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"',
)


@pytest.mark.requirement("tokens:J-3:no-asymmetric-secret", "security-a:3:no-asymmetric-secret")
@given(
    st.sampled_from(FILES),
    st.lists(st.sampled_from(WRAPS), max_size=3),
    st.text("abc#/ \n", max_size=9),
)
def test_a_key_is_seen_through_three_wrappings_and_a_comment(data, wraps, comment):
    for wrap in wraps:
        data = wrap(data)
    assert disguise(comment.encode() + b"\n" + data) is not None


@pytest.mark.parametrize("part", [b"A", b"3", b"%41", b"[", b"ecdsa-sha2-", b"keys  ", b"0x"])
def test_the_longest_secret_is_looked_through_in_little_memory(part):
    data = (part * SECRET_BYTES_MAX)[:SECRET_BYTES_MAX]
    tracemalloc.start()
    assert disguise(data) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
