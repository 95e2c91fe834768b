"""The exception tree. Source: PyJWT 2.15.1; tokens.md section 3."""

import inspect

import jwt as peer
import pytest

import watchword.pyjwt as door
from watchword import jwt
from watchword.jose.errors import JoseError
from watchword.jose.pyjwt.exceptions import translated

TREE = {
    name: kind
    for name, kind in vars(peer.exceptions).items()
    if inspect.isclass(kind) and issubclass(kind, Exception)
}


@pytest.mark.requirement("tokens:P-5:names-and-signatures")
@pytest.mark.parametrize("name", TREE)
def test_each_class_has_its_name_and_bases(name):
    theirs, ours = TREE[name], getattr(door.exceptions, name)
    wanted = [kind.__name__ for kind in theirs.__mro__]
    assert [kind.__name__ for kind in ours.__mro__ if kind.__name__ in wanted] == wanted
    assert issubclass(ours, JoseError)
    assert ours.__doc__


@pytest.mark.parametrize("name", TREE)
def test_each_class_is_made_as_pyjwts_is(name):
    made = getattr(door.exceptions, name)("exp")
    assert made.code
    assert made.public
    assert str(made)


def test_a_missing_claim_says_which():
    error = door.MissingRequiredClaimError("exp")
    assert error.claim == "exp"
    assert isinstance(error, jwt.ClaimMissing)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (jwt.SignatureInvalid("h"), door.InvalidSignatureError),
        (jwt.AlgorithmRefused("h"), door.InvalidAlgorithmError),
        (jwt.UnknownKey("h"), door.InvalidAlgorithmError),
        (jwt.TokenTooLarge("h"), door.DecodeError),
        (jwt.MalformedToken("h", claim="kid"), door.DecodeError),
        (jwt.MalformedToken("h", claim="alg"), door.InvalidAlgorithmError),
        (jwt.CriticalHeader("h"), door.InvalidTokenError),
        (jwt.WeakKey("h"), door.InvalidKeyError),
    ],
)
def test_a_refusal_of_ours_has_one_name_there(ours, theirs):
    found = translated(ours)
    assert type(found) is theirs
    assert (found.hint, found.claim) == (ours.hint, ours.claim)


def test_an_expired_token_is_expired_under_both_names():
    text = door.encode({"exp": 1}, "s" * 32)
    for kind in (door.ExpiredSignatureError, jwt.Expired, jwt.TokenError, door.PyJWTError):
        with pytest.raises(kind):
            door.decode(text, "s" * 32, algorithms=["HS256"])


def test_every_failure_is_told_in_pyjwts_order():
    text = door.encode({"exp": 1, "nbf": 9e9, "aud": "x", "sub": 5}, "s" * 32)
    with pytest.raises(door.ImmatureSignatureError) as raised:
        door.decode(text, "s" * 32, algorithms=["HS256"], audience="a")
    assert [error.claim for error in raised.value.errors] == ["nbf", "exp", "aud", "sub"]
