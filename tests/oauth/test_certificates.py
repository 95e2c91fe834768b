"""Certificates of clients, as proxies hand them on and operators name them.

Source: RFC 8705 sections 2.2 and 3.1; RFC 9440.
"""

import base64
import hashlib

import pytest

from watchword.oauth.certificates import certificate_of, read_thumbprint, thumbprint

CERTIFICATE = b"0\x82\x01\x0aa certificate, in DER\xff\xfe\xfd"
BODY = base64.b64encode(CERTIFICATE).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{BODY}\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([f":{base64.b64encode(CERTIFICATE).decode()}:"], CERTIFICATE),
        ([PEM], CERTIFICATE),
        ([PEM.replace("\n", "%0A").replace("+", "%2B")], CERTIFICATE),
        ([PEM.replace("\n", " ")], CERTIFICATE),
        ([PEM, PEM], None),
        ([], None),
        ([":not base64!:"], None),
        (["::"], None),
        (["x"], None),
        ([f":{'A' * 40_000}:"], None),
    ],
)
def test_certificate_is_read_as_proxies_write_it(values, found):
    assert certificate_of(values) == found


def test_thumbprint_is_the_hash_that_tokens_write():
    assert len(thumbprint(CERTIFICATE)) == 43
    digest = hashlib.sha256(CERTIFICATE).hexdigest()
    colons = ":".join(digest[n : n + 2] for n in range(0, 64, 2)).upper()
    for written in (thumbprint(CERTIFICATE), digest, colons):
        assert read_thumbprint(written) == thumbprint(CERTIFICATE)


@pytest.mark.parametrize("text", ["", "a" * 42, "a" * 44, "ab" * 31, "=" * 43, f"{'a' * 43}\n"])
def test_what_is_no_hash_is_refused(text):
    with pytest.raises(ValueError, match="SHA-256"):
        read_thumbprint(text)
