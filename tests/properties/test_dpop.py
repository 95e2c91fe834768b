"""A proof made for a request is a proof of that request, and of no other.

Source: tokens.md J-48, J-51; RFC 3986 section 6.2.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.dpop.requests import METHOD, URL, prover, verifier

from watchword import jwt
from watchword.jose.uri import MalformedURI, normalised

PATHS = st.lists(st.text("abA~.%/-_:@2e", max_size=6), max_size=5).map("/".join)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "get", "PATCH"])


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@settings(max_examples=60, deadline=None)
@given(method=METHODS, path=PATHS, token=st.none() | st.text("abc.-_~", min_size=1, max_size=20))
def test_a_proof_is_of_its_request(method, path, token):
    url = f"https://api.example/{path}"
    try:
        proof = prover().proof(method, url, access_token=token)
    except jwt.PolicyRefused:
        return
    request = {"access_token": token, "jkt": prover().thumbprint}
    proved = verifier().verify(proof, method=method, url=f"{url}?q=1#f", **request)
    assert proved.thumbprint == prover().thumbprint
    with pytest.raises(jwt.ClaimInvalid):
        verifier().verify(proof, method=f"{method}X", url=url, **request)


@settings(max_examples=300, deadline=None)
@given(path=PATHS)
def test_a_spelling_is_found_once(path):
    try:
        normal = normalised(f"https://api.example/{path}")
    except MalformedURI:
        return
    assert normalised(normal) == normal
    assert "/../" not in normal


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_is_sent_only_our_errors_leave(proof):
    with pytest.raises(jwt.TokenError):
        verifier().verify(proof, method=METHOD, url=URL)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_byte_of_a_proof_passes(data):
    proof = bytearray(prover().proof(METHOD, URL).encode())
    at = data.draw(st.integers(0, len(proof) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != proof[at]))
    proof[at] = byte
    with pytest.raises(jwt.TokenError):
        verifier().verify(bytes(proof), method=METHOD, url=URL)
