"""PyJWT's calls. Source: tokens.md P-3, P-4, J-21."""

import pytest
from tests.jose.keys import FixedClock

import watchword.pyjwt as door
from watchword import jwt
from watchword.jose.jwt.verifier import Verified
from watchword.jose.pyjwt.claims import UnverifiedClaims

SECRET = "a secret of more than thirty-two bytes"


@pytest.mark.requirement("tokens:P-3:unverified-has-its-own-type")
def test_unverified_claims_have_a_type_of_their_own():
    text = door.encode({"a": 1}, SECRET)
    read = door.decode(text, options={"verify_signature": False})
    assert type(read) is UnverifiedClaims
    assert read == {"a": 1}
    complete = door.decode_complete(text, options={"verify_signature": False})
    assert type(complete["payload"]) is UnverifiedClaims
    proved = door.decode(text, SECRET, algorithms=["HS256"])
    assert type(proved) is dict
    assert not isinstance(proved, Verified)


@pytest.mark.requirement("tokens:P-3:parser-and-keys", "tokens:J-21:signature-before-payload")
def test_the_payload_is_not_read_before_the_signature_holds():
    header, _, signature = door.encode({"a": 1}, SECRET).split(".")
    with pytest.raises(door.InvalidSignatureError):
        door.decode(f"{header}.!!.{signature}", SECRET, algorithms=["HS256"])


def test_the_clock_is_an_argument():
    one = door.PyJWT(clock=FixedClock(1_000))
    text = one.encode({"exp": 1_001, "nbf": 1_000, "iat": 1_000}, SECRET)
    assert one.decode(text, SECRET, ["HS256"])["exp"] == 1_001
    with pytest.raises(door.ExpiredSignatureError):
        door.PyJWT(clock=FixedClock(1_001)).decode(text, SECRET, ["HS256"])
    with pytest.raises(door.ImmatureSignatureError):
        door.PyJWT(clock=FixedClock(999)).decode(text, SECRET, ["HS256"])


@pytest.mark.requirement("tokens:P-4:absent-names-its-replacement")
@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: door.encode({}, SECRET, algorithm=None), "HS256"),
        (lambda: door.encode({}, SECRET, algorithm="none"), "peek"),
        (lambda: door.encode({}, SECRET, algorithm="ES521"), "ES512"),
        (lambda: door.encode({}, SECRET, "HS256", {"alg": "HS512"}), "algorithm="),
        (lambda: door.encode({}, SECRET, headers={"alg": 5}), "algorithm="),
        (lambda: door.encode({}, SECRET, headers={"b64": False}), "PyJWS"),
        (lambda: door.decode("a.b.c", SECRET, ["HS256"], detached_payload=b""), "PyJWS"),
        (lambda: door.register_algorithm("HS1", object()), "table"),
        (lambda: door.unregister_algorithm("HS256"), "algorithms="),
        (lambda: door.get_algorithm_by_name("HS256").sign(b"", b""), "PyJWS"),
        (lambda: door.get_algorithm_by_name("HS256").verify(b"", b"", b""), "PyJWS"),
        (lambda: door.encode({"a": float("inf")}, SECRET), "read back"),
    ],
)
def test_what_is_absent_names_what_to_write(call, says):
    with pytest.raises(jwt.PolicyRefused, match=says):
        call()


@pytest.mark.requirement("tokens:P-4:no-hooks")
@pytest.mark.parametrize(
    ("base", "hook"),
    [
        (door.PyJWT, "_encode_payload"),
        (door.PyJWT, "_decode_payload"),
        (door.PyJWT, "_validate_aud"),
        (door.PyJWS, "_load"),
        (door.PyJWS, "_validate_kid"),
        (door.PyJWKClient, "fetch_data"),
    ],
)
def test_a_hook_that_nothing_calls_is_refused_where_it_is_written(base, hook):
    with pytest.raises(TypeError, match=hook):
        type("Mine", (base,), {hook: lambda *_: None})
    assert type("Mine", (base,), {"helper": lambda *_: None})


def test_every_private_method_that_pyjwt_calls_is_a_known_hook():
    """A name that is missing from the list would be a hook that silently does nothing."""
    import jwt as peer  # noqa: PLC0415 - beside the one test that compares

    from watchword.jose.pyjwt import jws as ours_jws  # noqa: PLC0415
    from watchword.jose.pyjwt import jwt as ours_jwt  # noqa: PLC0415

    for kind, known in ((peer.PyJWT, ours_jwt._HOOKS), (peer.PyJWS, ours_jws._HOOKS)):
        private = {
            name
            for name, value in vars(kind).items()
            if name.startswith("_") and not name.startswith("__") and name != "_supported_crit"
        }
        assert private <= known
