import ast
import hmac
import re
from pathlib import Path

import pytest

from watchword import jose, jwt
from watchword.base import base64url
from watchword.jose.algorithms.hmac import checker, stamper


@pytest.mark.parametrize("row", [jwt.HS256, jwt.HS384, jwt.HS512])
@pytest.mark.parametrize("length", [64, 65, 127, 128, 129, 500])
def test_kept_states_give_the_mac_of_the_standard_library(row, length):
    """RFC 2104 section 2: keys up to and beyond the hash's block."""
    secret = bytes(range(256))[:length] * (length // 256 + 1)
    mac = hmac.digest(secret, b"header.payload", row.hash_name)
    stamp = stamper(secret, row, b"header")
    assert stamp(b"payload").decode() == base64url.encode(mac)
    checker(secret, row, b"header")(b"payload", stamp(b"payload"))


def test_every_last_character_of_a_mac_is_compared():
    """Only padding is taken off a MAC: 48 bytes end in any of the 64 letters."""
    stamp, check = (make(b"k" * 48, jwt.HS384, b"h") for make in (stamper, checker))
    endings = set()
    for number in range(2_000):
        payload = b"%d" % number
        mac = stamp(payload)
        check(payload, mac)
        endings.add(mac[-1:])
    assert len(endings) == 64


@pytest.mark.requirement("tokens:J-13:exact-lengths")
def test_a_mac_is_neither_cut_nor_extended():
    """RFC 7518 section 3.2; tokens.md J-13."""
    check = checker(b"k" * 32, jwt.HS256, b"h")
    good = stamper(b"k" * 32, jwt.HS256, b"h")(b"p")
    whole = base64url.decode(good)
    for length in range(40):
        if length != 32:
            with pytest.raises(jwt.SignatureInvalid):
                check(b"p", base64url.encode((whole * 2)[:length]).encode())
    check(b"p", good)


def test_a_respelt_mac_is_malformed():
    check = checker(b"k" * 32, jwt.HS256, b"h")
    good = stamper(b"k" * 32, jwt.HS256, b"h")(b"p")
    with pytest.raises(jwt.MalformedToken):
        check(b"p", good + b"=")


@pytest.mark.requirement("tokens:J-12:constant-time", "security-a:20:constant-time")
def test_macs_are_compared_in_constant_time():
    """Tokens.md J-12: a rule over the sources of the room.

    A MAC is compared with `==` or looked up by `in`; looking for a dot inside of one is neither.
    """
    compared = []
    for path in sorted(Path(jose.__file__).parent.rglob("*.py")):
        source = path.read_text()
        compared += [path.name] * source.count("compare_digest(")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Compare):
                is_inside = isinstance(node.ops[0], ast.In | ast.NotIn)
                text = ast.unparse(node.left if is_inside else node)
                secret = re.search(r"\b(mac|digest|signature|signature_b64u|stamp)\b", text)
                assert not secret or "len(" in text, (path, text)
    assert set(compared) == {"content.py", "hmac.py"}
