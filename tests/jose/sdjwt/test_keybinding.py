"""Key binding: who sent it, to whom, when, and what."""

import pytest
from tests.jose.keys import NOW, key
from tests.jose.sdjwt.credentials import (
    NONCE,
    RECEIVER,
    bind,
    bound_verifier,
    digests,
    disclosure,
    holder,
    issue,
    present,
    signed,
)

from watchword import jwt, sdjwt


@pytest.mark.requirement("rfc9901:7.3:key-binding", "tokens:J-47:key-binding")
def test_the_holders_proof_is_returned():
    found = bound_verifier(seconds=5).verify(present(issue()), nonce=NONCE)
    assert found.claims["email"] == "alice@example.org"
    assert found.key_binding.key.thumbprint() == holder().thumbprint()
    assert found.key_binding.issued_at == NOW
    assert "alice" not in repr(found)


@pytest.mark.requirement("rfc9901:4.3:kb-jwt")
def test_what_is_written_has_the_four_claims_and_its_type_alone():
    _, _, key_binding = present(issue()).rpartition("~")
    found = jwt.peek(key_binding)
    assert dict(found.header.members) == {"alg": "ES256", "typ": "kb+jwt"}
    assert set(found.claims) == {"iat", "aud", "nonce", "sd_hash"}


def refusal(text: str, *, verifier: sdjwt.Verifier | None = None) -> jwt.TokenError:
    with pytest.raises(jwt.TokenError) as caught:
        (verifier or bound_verifier()).verify(text, nonce=NONCE)
    return caught.value


@pytest.mark.requirement("rfc9901:4.3:kb-jwt", "tokens:J-47:key-binding")
@pytest.mark.parametrize(
    ("claims", "kind", "claim"),
    [
        ({"aud": "https://other.example"}, jwt.WrongAudience, "aud"),
        ({"aud": ...}, jwt.ClaimMissing, "aud"),
        ({"aud": [RECEIVER]}, jwt.ClaimInvalid, "aud"),
        ({"aud": 7}, jwt.ClaimInvalid, "aud"),
        ({"nonce": "another"}, jwt.ClaimInvalid, "nonce"),
        ({"nonce": ...}, jwt.ClaimMissing, "nonce"),
        ({"nonce": 7}, jwt.ClaimInvalid, "nonce"),
        ({"nonce": None}, jwt.ClaimInvalid, "nonce"),
        ({"sd_hash": "AAAA"}, jwt.ClaimInvalid, "sd_hash"),
        ({"sd_hash": ...}, jwt.ClaimMissing, "sd_hash"),
        ({"sd_hash": 7}, jwt.ClaimInvalid, "sd_hash"),
        ({"iat": ...}, jwt.ClaimMissing, "iat"),
        ({"iat": "now"}, jwt.ClaimInvalid, "iat"),
        ({"iat": True}, jwt.ClaimInvalid, "iat"),
        ({"iat": NOW - 61}, jwt.TooOld, "iat"),
        ({"iat": NOW + 11}, jwt.IssuedInFuture, "iat"),
        ({"exp": NOW}, jwt.Expired, "exp"),
        ({"exp": "later"}, jwt.ClaimInvalid, "exp"),
        ({"nbf": NOW + 60}, jwt.NotYetValid, "nbf"),
    ],
)
def test_each_claim_is_checked(claims, kind, claim):
    error = refusal(bind(sdjwt.present(issue(), show=["email"]), **claims))
    assert (type(error), error.claim) == (kind, claim)


@pytest.mark.parametrize("claims", [{}, {"iat": NOW - 60}, {"iat": NOW + 10}, {"exp": NOW + 1}])
def test_the_window_of_time_is_as_wide_as_the_policy_says(claims):
    shown = sdjwt.present(issue(), show=["email"])
    assert bound_verifier().verify(bind(shown, **claims), nonce=NONCE)


def test_all_failed_claims_are_told_at_once():
    error = refusal(bind(issue(), nonce="x", aud="y", sd_hash="z", iat=1))
    assert {each.claim for each in error.errors} == {"nonce", "aud", "sd_hash", "iat"}


@pytest.mark.requirement("rfc9901:4.3:kb-jwt", "tokens:J-47:key-binding")
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({"typ": "JWT"}, jwt.WrongType),
        ({"typ": ...}, jwt.WrongType),
        ({"typ": "dpop+jwt"}, jwt.WrongType),
        ({"alg": "none"}, jwt.AlgorithmRefused),
        ({"alg": "HS256"}, jwt.AlgorithmRefused),
        ({"alg": "RS256"}, jwt.AlgorithmRefused),
        ({"alg": "ES384"}, jwt.UnknownKey),
        ({"crit": ["x"], "x": 1}, jwt.CriticalHeader),
        ({"b64": False, "crit": ["b64"]}, jwt.CriticalHeader),
        ({"kid": 7}, jwt.MalformedToken),
    ],
)
def test_the_header_is_checked(header, kind):
    assert type(refusal(bind(issue(), header=header))) is kind


def test_the_refusal_of_an_algorithm_tells_the_operator_which_it_was():
    refused = refusal(bind(issue(), header={"alg": "RS256"}))
    assert refused.got == "RS256"
    assert refused.hint.startswith("the token says RS256; accepted is ES256")


def test_a_kid_in_the_header_chooses_nothing():
    assert bound_verifier().verify(bind(issue(), header={"kid": "any"}), nonce=NONCE)


@pytest.mark.requirement("rfc9901:4.3.2:holder-key")
def test_another_key_than_the_one_in_cnf_proves_nothing():
    other = jwt.Key.generate("ES256")
    assert type(refusal(bind(issue(), holder_key=other))) is jwt.SignatureInvalid
    with_jwk = {"jwk": other.public().to_jwk()}
    assert type(refusal(bind(issue(), holder_key=other, header=with_jwk))) is jwt.SignatureInvalid


@pytest.mark.requirement("rfc9901:4.1.2:cnf", "tokens:J-47:key-binding")
@pytest.mark.parametrize(
    "cnf",
    [
        ...,
        None,
        "text",
        {},
        {"jwk": "text"},
        {"jkt": "x"},
        {"kid": "x"},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}},
        {"jwk": key("Ed25519").public().to_jwk()},
        {"jwk": key("ES256").to_jwk(private=True)},
        {"jwk": key("ES256").public().to_jwk() | {"alg": "ES384"}},
        {"jwk": key("ES256").public().to_jwk() | {"use": "enc"}},
    ],
)
def test_a_cnf_without_a_public_key_that_fits_is_refused(cnf):
    payload = {} if cnf is ... else {"cnf": cnf}
    error = refusal(bind(signed(payload)))
    assert type(error) is jwt.UnknownKey
    assert error.claim == "cnf"


def test_a_key_in_cnf_needs_no_alg():
    """RFC 9901's own examples have none."""
    members = holder().public().to_jwk()
    bare = {name: members[name] for name in ("kty", "crv", "x", "y")}
    assert bound_verifier().verify(bind(signed({"cnf": {"jwk": bare}})), nonce=NONCE)


def test_a_cnf_that_an_issuer_hid_counts_when_it_is_shown():
    """RFC 9901 section 9.7: verifiers work with what is there after processing."""
    hidden = disclosure("salt", "cnf", {"jwk": holder().public().to_jwk()})
    payload = {"_sd": digests(hidden)}
    assert bound_verifier().verify(bind(signed(payload, hidden)), nonce=NONCE)
    assert refusal(bind(signed(payload))).claim == "cnf"


@pytest.mark.parametrize("key_binding", ["x", "a.b.c", "a.b.c.d.e", "." * 5, "a" * 20_000])
def test_what_is_no_jwt_is_refused(key_binding):
    assert isinstance(refusal(issue() + key_binding), jwt.MalformedToken)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"audience": ""}, "audience"),
        ({"audience": None}, "audience"),
        ({"max_age": 0}, "max_age"),
        ({"max_age": "2h"}, "max_age"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": ("HS256",)}, "key pair"),
        ({"algorithms": ("none",)}, "one of these"),
        ({"leeway": 301}, "leeway"),
    ],
)
def test_a_policy_is_checked_when_it_is_written(changes, match):
    with pytest.raises((jwt.PolicyRefused, jwt.KeyRefused), match=match):
        bound_verifier(**changes)


def test_a_policy_without_an_audience_is_refused_for_its_aud():
    with pytest.raises(jwt.PolicyRefused) as caught:
        bound_verifier(audience="")
    assert caught.value.claim == "aud"


def test_leeway_widens_the_window():
    text = bind(issue(), iat=NOW - 90)
    assert bound_verifier(leeway=30).verify(text, nonce=NONCE)
    assert type(refusal(text)) is jwt.TooOld


@pytest.mark.parametrize("max_age", [1, "1h", 3600])
def test_an_age_may_be_as_short_and_as_long_as_the_limits(max_age):
    assert bound_verifier(max_age=max_age).verify(present(issue()), nonce=NONCE)


def test_further_claims_are_no_fault():
    """RFC 9901 section 4.3 leaves room for them."""
    text = bind(issue(), iss="https://wallet.example", jti="x", more={"a": 1})
    assert bound_verifier().verify(text, nonce=NONCE)


@pytest.mark.parametrize(
    ("claims", "hint"),
    [
        ({"aud": [RECEIVER]}, "a key binding names one audience"),
        ({"nonce": "x"}, "the key binding answers another nonce"),
        ({"sd_hash": "x"}, "the key binding is over another token or other disclosures"),
    ],
)
def test_a_refusal_says_what_does_not_belong(claims, hint):
    assert refusal(bind(issue(), **claims)).hint == hint
