"""The two forms of an ECDSA signature, against those that cryptography writes and reads."""

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given
from hypothesis import strategies as st

from watchword import jwt
from watchword.jose.algorithms.der import from_der, to_der

WIDTHS = (32, 48, 66)


def flat(r, s, width):
    return r.to_bytes(width) + s.to_bytes(width)


@pytest.mark.parametrize("bits", [0, 7])
@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_of_any_length_go_into_der_and_come_back(width, bits):
    """RFC 3279 section 2.2.3; a length from 128 on takes two bytes (X.690 section 8.1.3)."""
    numbers = [1 << 8 * count + bits for count in range(width)]
    for r in numbers:
        for s in (r, numbers[0], numbers[-1]):
            der = encode_dss_signature(r, s)
            assert to_der(flat(r, s, width), width) == der
            assert from_der(der, width) == flat(r, s, width)


@given(data=st.data(), width=st.sampled_from(WIDTHS))
def test_der_says_the_same_numbers(data, width):
    r, s = (data.draw(st.integers(1, 256**width - 1)) for _ in range(2))
    assert decode_dss_signature(to_der(flat(r, s, width), width)) == (r, s)
    assert from_der(encode_dss_signature(r, s), width) == flat(r, s, width)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (0, 0)])
def test_zero_is_no_part_of_a_signature(r, s):
    """CVE-2022-21449: zeros satisfy a careless verifier."""
    with pytest.raises(jwt.SignatureInvalid, match="not zero"):
        to_der(flat(r, s, 32), 32)
