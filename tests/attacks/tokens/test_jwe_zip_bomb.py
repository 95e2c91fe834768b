"""A few bytes that inflate to gigabytes.

Source: RFC 8725 sections 3.6 and 3.15; jwcrypto CVE-2024-28102; python-jose CVE-2024-33664; panva
CVE-2024-28176; Authlib CVE-2025-62706; tokens.md J-37.
"""

import ast
import tracemalloc
import zlib
from pathlib import Path

import pytest
from tests.jose.jwe.recipients import decrypter, token

import watchword
from watchword import jwe, jwt
from watchword.base.limits import INFLATED_BYTES_MAX
from watchword.jose.jwe import compact, compression

MEMORY_BYTES_MAX = 2 * 1024 * 1024
KEY = ("dir", "A256GCM")


def bomb(size):
    """Return what inflates to so many zeros, made without ever holding them."""
    squeeze = zlib.compressobj(level=9, wbits=-15)
    chunk = bytes(1_000_000)
    parts = [squeeze.compress(chunk) for _ in range(size // len(chunk))]
    return b"".join([*parts, squeeze.flush()])


@pytest.fixture(scope="module")
def bombs():
    return {size: bomb(size) for size in (300_000_000, 200_000_000)}


def sealed(data, monkeypatch):
    """Encrypt what is compressed already, under a header that says so."""
    monkeypatch.setattr(compact, "deflate", lambda _: data)
    return token(*KEY, unsafe_zip="DEF")


@pytest.mark.requirement("tokens:J-37:bombs", "security-a:17:bombs")
@pytest.mark.parametrize("size", [200_000_000, 300_000_000])
def test_a_bomb_is_refused_within_bounded_memory(size, bombs, monkeypatch):
    """The largest that fits 256 KiB of ciphertext is near 300 MB: deflate gains a thousandfold."""
    text = sealed(bombs[size][: 256 * 1024 - 1], monkeypatch)
    opener = decrypter(*KEY, zip=True)
    tracemalloc.start()
    with pytest.raises(jwt.TokenTooLarge):
        opener.decrypt(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MEMORY_BYTES_MAX


def test_inflating_a_gigabyte_stops_at_the_limit(monkeypatch):
    """The work is bounded: zlib is asked once, for the limit and one byte more."""
    data = bomb(1_000_000_000)
    asked = []

    class Counted:
        def __init__(self, **options):
            self.inner = zlib_decompressobj(**options)

        def decompress(self, data, limit):
            asked.append(limit)
            return self.inner.decompress(data, limit)

        eof = unused_data = None

    zlib_decompressobj = zlib.decompressobj
    monkeypatch.setattr(compression.zlib, "decompressobj", Counted)
    tracemalloc.start()
    with pytest.raises(jwt.TokenTooLarge):
        compression.inflate(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert asked == [INFLATED_BYTES_MAX + 1]
    assert peak < MEMORY_BYTES_MAX + len(data)  # zlib keeps what it has not read


@pytest.mark.requirement("tokens:J-37:mac-before-inflating")
def test_nothing_is_inflated_before_it_is_authenticated(monkeypatch):
    monkeypatch.setattr("watchword.jose.jwe.opening.inflate", never)
    text = token(*KEY, unsafe_zip="DEF")
    with pytest.raises(jwt.DecryptionFailed):
        decrypter(*KEY, zip=True).decrypt(text[:-4] + "AAAA")


def test_a_small_content_may_gain_as_much_as_it_likes():
    data = bytes(INFLATED_BYTES_MAX)
    text = token(*KEY, data=data, unsafe_zip="DEF")
    assert len(text) < 1_000
    assert decrypter(*KEY, zip=True).decrypt(text).data == data


@pytest.mark.requirement("tokens:J-37:never-written", "security-a:17:never-written")
def test_no_other_code_compresses_a_token():
    """A source rule: `unsafe_zip` is passed nowhere, and `deflate` called at one place."""
    calls = []
    for path in sorted(Path(watchword.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "unsafe_zip":
                calls.append(f"{path.name}: unsafe_zip")
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("deflate"):
                calls.append(f"{path.name}: deflate")
            if isinstance(node, ast.Attribute) and node.attr == "compressobj":
                calls.append(f"{path.name}: compressobj")
    assert set(calls) == {"compact.py: deflate", "compression.py: compressobj"}


def test_no_default_writes_zip():
    for alg, enc in (("A128KW", "A128GCM"), ("dir", "A256GCM")):
        assert "zip" not in decrypter(alg, enc).decrypt(token(alg, enc)).header.members
    assert compact.encrypt.__kwdefaults__["unsafe_zip"] is None
    assert jwe.encrypt is compact.encrypt


def never(*_):
    raise AssertionError("inflated before it was authenticated")
