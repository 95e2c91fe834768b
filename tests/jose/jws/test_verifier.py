import json

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
    assert repr(jws.Verifier(KEYS)) == "Verifier(ES256, RS256)"


class Source:
    """A source that has no keys yet, and notes whether it is asked."""

    def __init__(self, alg="ES256"):
        self.algorithms = frozenset({alg})
        self.asked = []

    def find(self, _alg, kid):
        self.asked.append(kid)
        raise jwt.KeysUnavailable("not now")


def broken(alg="ES256"):
    """Return compact texts that no key can make good."""
    good = jws.sign(b"x", key(alg))
    header, payload, signature = good.split(".")
    return {
        "no text of the form": "x",
        "another algorithm": jws.sign(b"x", key("RS256")),
        "a critical extension": jws.sign(b"x", key(alg), {"crit": ["y"], "y": 1}),
        "a payload that is no base64url": f"{header}.!!.{signature}",
        "a payload with bits too many": f"{header}.{payload}B.{signature}",
        "a signature that is no base64url": f"{header}.{payload}.!!",
        "a signature that is padded": f"{header}.{payload}.{signature}==",
        "a signature that is cut": f"{header}.{payload}.AAAA",
        "a signature that is extended": f"{good}{'A' * 24}",
    }


def detached(text):
    header, _, signature = text.split(".")
    return f"{header}..{signature}"


@pytest.mark.requirement("tokens:J-43:after-every-other-check", "tokens:J-13:lengths-without-a-key")
@pytest.mark.parametrize("alg", ["HS256", "ES256", "Ed25519"])
@pytest.mark.parametrize("name", broken())
def test_a_source_is_asked_last(alg, name):
    """Tokens.md J-43: nothing is fetched for a text that is refused without a key."""
    source, text = Source(alg), broken(alg)[name]
    verifier = jws.Verifier(source)
    with pytest.raises(jwt.TokenError):
        verifier.verify(text)
    with pytest.raises(jwt.TokenError):
        verifier.verify_detached(text, b"x")
    if text.count(".") == 2 and "payload" not in name:
        with pytest.raises(jwt.TokenError):
            verifier.verify_detached(detached(text), b"x")
    if text.count(".") == 2:
        protected, payload, signature = text.split(".")
        entry = {"protected": protected, "signature": signature}
        good = json.loads(jws.sign_json(b"x", [key(alg)]))
        good.pop("payload")
        for members, need in (
            ({"payload": payload} | entry, "all"),
            ({"payload": payload, "signatures": [good, entry]}, "all"),
            ({"payload": payload, "signatures": [good, entry]}, 2),
        ):
            with pytest.raises(jwt.TokenError):
                verifier.verify_json(json.dumps(members), need=need)
            if "payload" not in name:
                beside = {key: value for key, value in members.items() if key != "payload"}
                with pytest.raises(jwt.TokenError):
                    verifier.verify_json_detached(json.dumps(beside), b"x", need=need)
    with pytest.raises(jwt.SignatureInvalid, match="fewer than 2"):
        verifier.verify_json(jws.sign_json(b"x", [key(alg)]), need=2)
    assert source.asked == []


def test_a_text_that_some_key_may_have_made_asks_the_source():
    for alg in ("HS256", "ES256", "RS256"):
        source = Source(alg)
        verifier = jws.Verifier(source)
        good = jws.sign(b"x", key(alg))
        bad = jws.sign_json(b"x", [key("HS512"), key(alg)])
        for attempt in (
            lambda verifier=verifier, good=good: verifier.verify(good),
            lambda verifier=verifier, good=good: verifier.verify_detached(detached(good), b"x"),
            lambda verifier=verifier, bad=bad: verifier.verify_json(bad, need=1),
        ):
            with pytest.raises(jwt.KeysUnavailable):
                attempt()
        assert source.asked == [f"kid-{alg}"] * 3


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
