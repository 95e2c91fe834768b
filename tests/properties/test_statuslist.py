"""What is set on a list is read from its token, at every place.

Source: tokens.md J-49, J-51.
"""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.statuslist.lists import URI, list_signer, list_verifier

from watchword import jwt, statuslist
from watchword.jose.statuslist.packing import inflated


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([1, 2, 4, 8]), st.integers(1, 300))
def test_a_list_is_read_as_it_was_set(data, bits, size):
    statuses = data.draw(
        st.dictionaries(st.integers(0, size - 1), st.integers(0, (1 << bits) - 1), max_size=20)
    )
    made = statuslist.StatusList.new(size=size, bits=bits)
    for idx, status in statuses.items():
        made.set(idx, status)
    read = list_verifier().verify(made.token(list_signer(), uri=URI, ttl=60), uri=URI)
    assert [read[idx] for idx in range(size)] == [statuses.get(idx, 0) for idx in range(size)]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("eNrbuRgAhcBXQ", max_size=14))
def test_whatever_a_list_holds_only_a_value_error_leaves(lst):
    with contextlib.suppress(ValueError):
        assert inflated(lst)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40) | st.binary(max_size=40))
def test_whatever_is_sent_only_our_errors_leave(text):
    with pytest.raises(jwt.TokenError):
        list_verifier().verify(text, uri=URI)
