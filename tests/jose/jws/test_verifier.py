import pytest
from tests.jose import forge
from tests.jose.keys import key, public

from watchword import dpop, jwe, jws, jwt

KEYS = jwt.KeySet([public("ES256"), public("RS256")])
POLICIES = {
    "text": {"keys": "secret"},
    "bytes": {"keys": b"secret"},
    "nothing": {"keys": None},
    "no algorithm": {"keys": KEYS, "algorithms": []},
    "a text of algorithms": {"keys": KEYS, "algorithms": "ES256"},
    "an algorithm of no key": {"keys": KEYS, "algorithms": ["ES384"]},
    "an algorithm that does not exist": {"keys": KEYS, "algorithms": ["none"]},
    "a handler for b64": {"keys": KEYS, "crit": {"b64": print}},
}


@pytest.mark.requirement("tokens:J-11:no-empty-list")
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_a_policy_that_lacks_something_is_refused_when_built(policy):
    """Tokens.md J-11; security.md rule 1."""
    with pytest.raises(jwt.PolicyRefused):
        jws.Verifier(**policy)


def test_a_source_of_both_kinds_is_refused():
    class Source:
        algorithms = frozenset({"HS256", "ES256"})

    with pytest.raises(jwt.PolicyRefused, match="shared secrets"):
        jws.Verifier(Source())


def test_algorithms_may_be_narrowed():
    verifier = jws.Verifier(KEYS, algorithms=["ES256"])
    assert verifier.verify(jws.sign(b"x", key("ES256"))).data == b"x"
    with pytest.raises(jwt.AlgorithmRefused):
        verifier.verify(jws.sign(b"x", key("RS256")))
    with pytest.raises(jwt.AlgorithmRefused):
        verifier.verify_json(jws.sign_json(b"x", [key("ES256"), key("RS256")]))
    assert repr(verifier) == "Verifier(ES256)"


def test_a_source_is_asked_last():
    """Tokens.md J-43: nothing is fetched for a text that is refused without a key."""
    asked = []

    class Source:
        algorithms = frozenset({"ES256"})

        def find(self, _alg, kid):
            asked.append(kid)
            raise jwt.KeysUnavailable("not now")

    verifier = jws.Verifier(Source())
    for text in (
        "x",
        jws.sign(b"x", key("RS256")),
        jws.sign(b"x", key("ES256"), {"crit": ["y"], "y": 1}),
    ):
        with pytest.raises(jwt.TokenError):
            verifier.verify(text)
        with pytest.raises(jwt.TokenError):
            verifier.verify_detached(text, b"x")
    assert asked == []
    for attempt in (
        lambda: verifier.verify(jws.sign(b"x", key("ES256"))),
        lambda: verifier.verify_json(jws.sign_json(b"x", [key("ES256")]), need=1),
    ):
        with pytest.raises(jwt.KeysUnavailable):
            attempt()


@pytest.mark.requirement("rfc7797:6:critical", "tokens:J-20:crit")
@pytest.mark.parametrize(
    "members",
    [
        {"b64": False},
        {"b64": False, "crit": []},
        {"b64": False, "crit": ["x"], "x": 1},
        {"b64": None, "crit": ["b64"]},
        {"b64": "false", "crit": ["b64"]},
        {"b64": 0, "crit": ["b64"]},
        {"crit": ["b64"]},
        {"b64": False, "crit": ["b64", "b64"]},
    ],
)
def test_b64_is_a_boolean_and_critical_where_it_is_false(members):
    """RFC 7797 sections 3 and 6."""
    text = forge.token(forge.header() | members, "payload")
    with pytest.raises(jwt.CriticalHeader):
        jws.Verifier(public("HS256"), crit={"x": lambda _: None}).verify(text)


@pytest.mark.parametrize("members", [{"b64": True}, {"b64": True, "crit": ["b64"]}])
def test_b64_that_is_true_says_nothing(members):
    text = forge.token(forge.header() | members, "payload")
    assert jws.Verifier(public("HS256")).verify(text).data == b"payload"


def test_an_unencoded_payload_of_other_characters_is_malformed():
    header = forge.encode(forge.dump({"alg": "HS256", "b64": False, "crit": ["b64"]}))
    with pytest.raises(jwt.MalformedToken, match="printable"):
        jws.Verifier(public("HS256")).verify(forge.sign_parts(header, "a\nb"))


def test_what_it_proves_is_no_verified_token():
    """Guards take `jwt.Verified` alone."""
    proved = jws.Verifier(public("HS256")).verify(jws.sign(b"{}", key("HS256")))
    assert not isinstance(proved, jwt.Verified)
    assert repr(proved) == "Payload(alg='HS256', 2 bytes)"
    with pytest.raises(AttributeError):
        proved.data = b""


@pytest.mark.requirement("tokens:J-40:separate-keys")
def test_a_key_for_encryption_signs_and_verifies_nothing():
    """Tokens.md J-40."""
    for held in (jwe.Key.generate("ECDH-ES"), jwe.Secret.generate("A256KW")):
        with pytest.raises((jwt.PolicyRefused, jwt.KeyRefused)):
            jws.Verifier(held)
        with pytest.raises(jwt.PolicyRefused):
            jws.sign(b"x", held)
        with pytest.raises(jwt.PolicyRefused):
            jws.sign_json(b"x", [held])
        with pytest.raises(jwt.PolicyRefused):
            dpop.Prover(held)
