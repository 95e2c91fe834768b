"""Options and warnings. Source: PyJWT 2.15.1, `jwt.types`."""

import jwt as peer
import pytest

import watchword.pyjwt as door
from watchword.jose.pyjwt.options import DEFAULTS, merged

SECRET = "a secret of more than thirty-two bytes"


@pytest.mark.requirement("tokens:P-3:policy-defaults")
def test_the_defaults_are_pyjwts_but_for_short_keys():
    theirs = peer.PyJWT().options
    assert dict(DEFAULTS) == {**theirs, "enforce_minimum_key_length": True}
    assert set(peer.types.Options.__annotations__) == set(door.types.FullOptions.__annotations__)


def test_without_a_signature_claims_are_checked_when_asked():
    assert merged(DEFAULTS, None) is DEFAULTS
    found = merged(DEFAULTS, {"verify_signature": False, "verify_aud": True})
    assert (found["verify_aud"], found["verify_exp"]) == (True, False)
    assert DEFAULTS["verify_exp"]


@pytest.mark.parametrize("call", ["decode", "decode_complete"])
@pytest.mark.parametrize("kind", ["PyJWT", "PyJWS"])
def test_arguments_without_effect_warn(kind, call):
    text = door.encode({}, SECRET)
    with pytest.warns(door.warnings.RemovedInPyjwt3Warning, match="verify_exp"):
        getattr(getattr(door, kind)(), call)(text, SECRET, ["HS256"], verify_exp=False)


def test_verify_against_the_option_warns():
    text = door.encode({}, SECRET)
    with pytest.warns(DeprecationWarning, match="no effect"):
        door.decode(text, SECRET, ["HS256"], verify=False)
