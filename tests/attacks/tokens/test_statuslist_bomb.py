"""A status list that inflates without end, and other lists that cost more than they say.

Source: draft-ietf-oauth-status-list-21 section 11; security.md rules 15 and 17; tokens.md J-49.
"""

import tracemalloc
import zlib

import pytest
from tests.jose import forge
from tests.jose.statuslist.lists import URI, forged, list_verifier

from watchword import jwt
from watchword.base import base64url

MEGABYTE = 1024 * 1024


def listed(data, **changes):
    return forged(status_list={"bits": 1, "lst": base64url.encode(data)} | changes)


def bomb(size):
    """Return a ZLIB stream of `size` zeros, made piece by piece."""
    stream = zlib.compressobj(9)
    piece = bytes(MEGABYTE)
    parts = [stream.compress(piece) for _ in range(size // MEGABYTE)]
    return b"".join([*parts, stream.compress(bytes(size % MEGABYTE)), stream.flush()])


GOOD = zlib.compress(b"\xb9\xa3", 9)
STREAMS = {
    "200 MB": bomb(200 * 10**6),
    "one byte more": bomb(4 * MEGABYTE + 1),
    "nothing inside": zlib.compress(b""),
    "cut off": GOOD[:-1],
    "without its checksum": GOOD[:-4],
    "with a wrong checksum": GOOD[:-1] + b"\0",
    "with something after": GOOD + b"\0",
    "twice": GOOD + GOOD,
    "raw DEFLATE": GOOD[2:-4],
    "gzip": zlib.compress(b"\xb9\xa3", wbits=31),
    "with a dictionary": b"\x78\xbb\0\0\0\1" + GOOD[2:],
    "no compression at all": b"\xb9\xa3",
    "a window that is none": b"\x88\x1c" + GOOD[2:],
}


@pytest.mark.requirement("statuslist-21:11:limits", "tokens:J-49:status-list")
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_a_stream_that_is_not_one_bounded_whole_is_refused(stream):
    text = listed(stream)
    with pytest.raises(jwt.ClaimInvalid) as caught:
        list_verifier().verify(text, uri=URI)
    assert caught.value.claim == "status_list"


@pytest.mark.requirement("statuslist-21:11:limits")
def test_a_bomb_is_not_inflated():
    """What is made of it in memory is bounded by the limit."""
    text = listed(STREAMS["200 MB"])
    verifier = list_verifier()
    tracemalloc.start()
    try:
        with pytest.raises(jwt.ClaimInvalid):
            verifier.verify(text, uri=URI)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * MEGABYTE


def test_the_largest_list_is_read():
    statuses = list_verifier().verify(listed(bomb(4 * MEGABYTE)), uri=URI)
    assert len(statuses) == 4 * MEGABYTE * 8
    assert statuses[4 * MEGABYTE * 8 - 1] == 0


@pytest.mark.requirement("statuslist-21:11:limits")
def test_a_token_beyond_a_megabyte_is_refused_before_it_is_read():
    text = forged(pad="x" * MEGABYTE)
    with pytest.raises(jwt.TokenTooLarge):
        list_verifier().verify(text, uri=URI)


def test_a_large_limit_is_for_lists_alone():
    """What lets a list be long lets no other token be long."""
    from tests.jose.keys import verifier  # noqa: PLC0415 - of another kind of token

    with pytest.raises(jwt.TokenTooLarge):
        verifier().verify(forge.token(payload=forge.claims(pad="x" * 20_000)))


def test_an_unsigned_list_is_not_inflated():
    text = listed(STREAMS["200 MB"])
    header, payload, _ = text.split(".")
    tracemalloc.start()
    try:
        with pytest.raises(jwt.SignatureInvalid):
            list_verifier().verify(f"{header}.{payload}.{'A' * 86}", uri=URI)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEGABYTE * 2
