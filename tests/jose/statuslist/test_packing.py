"""Section 4.1 of draft-ietf-oauth-status-list-21, at its edges."""

import hashlib
import zlib

import pytest

from watchword.base import base64url
from watchword.jose.statuslist.packing import deflated, inflated, is_bits, place, status_at


def test_a_list_is_packed_as_tightly_as_zlib_can():
    """Every reader of tokens fetches it, and it is packed once."""
    rare = (hashlib.sha256(b"%d" % number).digest()[0] < 3 for number in range(30_000))
    data = bytes(rare)
    sizes = {level: len(zlib.compress(data, level)) for level in range(10)}
    packed = base64url.decode(deflated(data))
    assert len(packed) == min(sizes.values()) < sizes[6]  # which is the level by default
    assert inflated(deflated(data)) == data


@pytest.mark.parametrize(("bits", "count"), [(1, 16), (2, 8), (4, 4), (8, 2)])
def test_a_list_has_as_many_places_as_its_bytes_have_bits(bits, count):
    highest = (1 << bits) - 1
    assert [status_at(b"\xff\xff", bits, idx) for idx in range(count)] == [highest] * count
    assert [place(idx, bits)[1] for idx in range(8 // bits)] == [*range(0, 8, bits)]
    for idx in (count, count + 1, 10**30, -1, -count):
        with pytest.raises(IndexError):
            status_at(b"\xff\xff", bits, idx)


def test_an_index_is_a_number():
    for idx in (True, 1.0, "1", None):
        with pytest.raises(IndexError):
            place(idx, 1)


def test_a_status_has_one_two_four_or_eight_bits():
    assert [bits for bits in range(-1, 17) if is_bits(bits)] == [1, 2, 4, 8]
    assert not any(is_bits(bits) for bits in (True, 1.0, "1", None))
