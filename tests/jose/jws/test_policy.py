"""What a verifier accepts, checked when it is built and again at the operation."""

import pytest
from tests.jose import forge
from tests.jose.keys import key, public

from watchword import jwe, jws, jwt

KEYS = jwt.KeySet([public("ES256"), public("RS256")])


@pytest.mark.requirement("tokens:J-2:bound-at-the-operation")
def test_the_binding_holds_whatever_the_source_answers():
    """Tokens.md J-2: a hand-built source that answers every header with one key."""

    class Eager:
        algorithms = frozenset({"HS256", "HS512"})

        def find(self, _alg, _kid):
            return key("HS256")

    text = forge.token(forge.header("HS512"), alg="HS512")
    with pytest.raises(jwt.UnknownKey, match="another algorithm") as caught:
        jws.Verifier(Eager()).verify(text)
    assert caught.value.claim == "kid"


def test_a_key_that_may_not_verify_is_as_good_as_unknown():
    class Source:
        algorithms = frozenset({"ES256"})

        def find(self, _alg, _kid):
            members = key("ES256").to_jwk(private=True)
            return jwt.Key.from_jwk({**members, "key_ops": ["sign"]})

    with pytest.raises(jwt.UnknownKey, match="may not") as caught:
        jws.Verifier(Source()).verify(jws.sign(b"x", key("ES256")))
    assert caught.value.claim == "kid"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("alg", "named"),
    [
        ("PS256", "PS256"),
        ("HS256", "HS256"),
        ("none", "an algorithm that does not exist here"),
        ("canary", "an algorithm that does not exist here"),
    ],
)
def test_the_refusal_names_registered_algorithms_only(alg, named):
    """Tokens.md section 5: no value of a token stands in a text."""
    with pytest.raises(jwt.AlgorithmRefused) as caught:
        jws.Verifier(KEYS).verify(forge.token(forge.header(alg), alg="HS256"))
    refusal = caught.value
    assert refusal.hint == f"the token says {named}; accepted is ES256, RS256"
    assert (refusal.claim, refusal.expected, refusal.got) == ("alg", {"ES256", "RS256"}, alg)


@pytest.mark.requirement("tokens:J-11:no-empty-list")
@pytest.mark.parametrize("asked", ["ES256", [], ["ES384"], ["ES256", "ES384"]])
def test_algorithms_are_a_list_of_some_that_the_keys_have(asked):
    with pytest.raises(jwt.PolicyRefused) as caught:
        jws.Verifier(KEYS, algorithms=asked)
    assert caught.value.claim == "alg"


@pytest.mark.parametrize("asked", [["ES256"], ["RS256", "ES256"], ["RS256", "RS256"], None])
def test_all_algorithms_of_the_keys_may_be_asked_for(asked):
    names = sorted({*(asked or ["ES256", "RS256"])})
    assert repr(jws.Verifier(KEYS, algorithms=asked)) == f"Verifier({', '.join(names)})"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("secret", "text is never a key"),
        (b"secret", "text is never a key"),
        (None, "text is never a key"),
        (jwe.Secret.generate("A128KW"), "this key is for encryption"),
    ],
)
def test_what_is_no_key_for_signatures_is_told_how_one_is_made(keys, says):
    with pytest.raises(jwt.PolicyRefused) as caught:
        jws.Verifier(keys)
    assert caught.value.hint.startswith(says)
    assert caught.value.hint.endswith(" jwt.Secret(...) or jwt.Key.from_pem(...)")


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_several_keys_are_wrapped_in_a_set(kind):
    for keys in ([key("ES256")], [key("HS256"), "text"]):
        with pytest.raises(jwt.PolicyRefused, match=r"jwt\.KeySet"):
            jws.Verifier(kind(keys))
