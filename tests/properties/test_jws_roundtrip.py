"""What is signed verifies as the same bytes in every form, and no changed text does.

Source: tokens.md J-51, J-30.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.keys import key, public

from watchword import jws, jwt

SLOW = settings(max_examples=40, deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ALGS = st.lists(st.sampled_from(["ES256", "Ed25519", "RS256"]), min_size=1, max_size=3, unique=True)
SET = jwt.KeySet([public(alg) for alg in ("ES256", "Ed25519", "RS256")])
VERIFIER = jws.Verifier(SET)
# Names that neither RFC 7515 nor RFC 7516 registers, with any JSON for a value.
HEADERS = st.dictionaries(
    TEXT.map(lambda name: f"x-{name}"), st.integers() | TEXT | st.booleans(), max_size=3
)


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@SLOW
@given(payload=st.binary(max_size=60), header=HEADERS, alg=st.sampled_from(["HS256", "ES256"]))
def test_compact_and_detached_texts_round_trip(payload, header, alg):
    verifier = jws.Verifier(public(alg))
    proved = verifier.verify(jws.sign(payload, key(alg), header))
    assert proved.data == payload
    assert header.items() <= proved.header.members.items()
    for b64 in (True, False):
        text = jws.sign_detached(payload, key(alg), header, b64=b64)
        assert verifier.verify_detached(text, payload).data == payload


@pytest.mark.requirement("tokens:J-51:round-trip-property")
@SLOW
@given(payload=st.binary(max_size=60), algs=ALGS, header=HEADERS, unprotected=HEADERS)
def test_documents_round_trip(payload, algs, header, unprotected):
    unprotected = {f"u-{name}": value for name, value in unprotected.items()}
    by = [jws.Signatory(key(alg), header, unprotected) for alg in algs]
    proved = VERIFIER.verify_json(jws.sign_json(payload, by))
    assert proved.data == payload
    assert [held.alg for held in proved.keys] == algs
    for signature in proved.signatures:
        assert header.items() <= signature.header.members.items()
        assert signature.unprotected == unprotected
    text = jws.sign_json_detached(payload, by)
    assert VERIFIER.verify_json_detached(text, payload).data == payload


@SLOW
@given(text=TEXT, algs=ALGS)
def test_readable_documents_round_trip(text, algs):
    document = jws.sign_json(text.encode(), [key(alg) for alg in algs], b64=False)
    assert json.loads(document)["payload"] == text
    assert VERIFIER.verify_json(document).data == text.encode()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_only_our_errors_leave_and_no_changed_byte_passes(data):
    """Tokens.md J-30: each byte of a document and of a compact text."""
    document = jws.sign_json(b"payload", [key("ES256"), key("Ed25519")])
    compact = jws.sign_detached(b"payload", key("ES256"))
    for text, read in (
        (document, VERIFIER.verify_json),
        (compact, lambda changed: VERIFIER.verify_detached(changed, b"payload")),
    ):
        at = data.draw(st.integers(0, len(text) - 1))
        byte = data.draw(st.integers(0, 255))
        raw = bytearray(text.encode())
        raw[at] = byte
        try:
            proved = read(bytes(raw))
        except jwt.TokenError:
            continue
        assert proved.data == b"payload"
        # White space and letters of a JSON escape aside, nothing is left to change.
        assert bytes(raw) == text.encode() or read is VERIFIER.verify_json


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60) | st.binary(max_size=60), payload=st.binary(max_size=10))
def test_any_input_is_refused_by_one_of_our_errors(text, payload):
    for read in (
        VERIFIER.verify,
        VERIFIER.verify_json,
        lambda given: VERIFIER.verify_detached(given, payload),
        lambda given: VERIFIER.verify_json_detached(given, payload, need=1),
    ):
        with pytest.raises(jwt.TokenError):
            read(text)
