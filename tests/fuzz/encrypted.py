"""Fuzz targets of encrypted tokens: raw text, and any header around a good content."""

import json

from tests.fuzz.target import Target
from tests.jose.forge import dump
from tests.jose.jwe.recipients import DATA, decrypter, document, encoded, key, token

from watchword import jwe, jwt
from watchword.base import base64url
from watchword.base.chance import SYSTEM
from watchword.base.limits import INFLATED_BYTES_MAX
from watchword.jose.jwe import compression, content

__all__ = ["TARGETS"]

ENC = jwe.CONTENT_ENCRYPTION["A128GCM"]
CEK = key("dir")._secret


def decrypt_raw(data: bytes) -> None:
    """Nothing that the fuzzer makes was encrypted."""
    for opener in OPENERS:
        try:
            opener.decrypt(data)
        except jwt.TokenError:
            continue
        assert data in TOKENS


def decrypt_header(data: bytes) -> None:
    """Any header, authenticated with a good content."""
    protected_b64u = base64url.encode_bytes(data)
    box = content.encrypt(ENC, CEK, DATA, protected_b64u, SYSTEM)
    parts = (protected_b64u, b"", *map(base64url.encode_bytes, (box.iv, box.ciphertext, box.tag)))
    opened = decrypter("dir").decrypt(b".".join(parts))
    assert opened.data == DATA
    assert (opened.header.alg, opened.header.enc) == ("dir", "A128GCM")


def decrypt_document(data: bytes) -> None:
    """A document that opens holds what was encrypted, whatever else it says."""
    assert decrypter("A128KW").decrypt_json(data).data == DATA


def agree(data: bytes) -> None:
    """Any header of a key agreement: a content that the fuzzer made opens for nobody."""
    protected_b64u = base64url.encode_bytes(data)
    for opener in AGREEING:
        try:
            opener.decrypt(protected_b64u + b"..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA")
        except jwt.TokenError:
            continue
        raise AssertionError("opened what nobody encrypted")


def inflate(data: bytes) -> None:
    """What inflates is within its limit."""
    assert len(compression.inflate(data)) <= INFLATED_BYTES_MAX


OPENERS = tuple(decrypter(alg) for alg in ("A128KW", "A128GCMKW", "dir", "PBES2-HS256+A128KW"))
AGREEING = tuple(decrypter("ECDH-ES", crv=crv) for crv in ("P-256", "X25519", "X448"))
TOKENS = tuple(token(alg).encode() for alg in ("A128KW", "A128GCMKW", "dir", "PBES2-HS256+A128KW"))
HEADERS = tuple(
    dump({"alg": "dir", "enc": "A128GCM"} | members).encode()
    for members in ({}, {"zip": "DEF"}, {"crit": ["x"], "x": 1}, {"kid": "kid-dir"}, {"enc": 7})
)
EPKS = tuple(
    base64url.decode(token("ECDH-ES", crv=crv, header={"apu": "QQ"}).split(".")[0])
    for crv in ("P-256", "X25519", "X448")
)
DOCUMENTS = tuple(
    json.dumps(members).encode()
    for members in (
        document("A128KW", aad=b"beside", unprotected={"x": 1}),
        {"recipients": [{"header": {"alg": "A128KW"}}], "ciphertext": "", "unprotected": {}},
        {"payload": "", "ciphertext": ""},
    )
)
REFUSALS = (jwt.TokenError,)
TARGETS = {
    "jwe_decrypt_raw": Target(decrypt_raw, REFUSALS, (*TOKENS, encoded({}).encode())),
    "jwe_decrypt_header": Target(decrypt_header, REFUSALS, HEADERS),
    "jwe_decrypt_document": Target(decrypt_document, REFUSALS, DOCUMENTS),
    "jwe_agree": Target(agree, REFUSALS, EPKS),
    "jwe_inflate": Target(inflate, REFUSALS, (compression.deflate(b"x" * 100), b"", b"\x03\0")),
}
