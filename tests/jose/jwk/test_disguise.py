import os

import pytest

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
