"""A proof that was stolen on the way, used again, elsewhere, or for something else.

The list follows what the conformance tests of FAPI 2.0 try on a server
(FAPI2SPFinalDpopNegativeTests).

Source: RFC 9449 sections 4.3 and 11.1; security.md rule 25; tokens.md J-48.
"""

import pytest
from tests.jose.dpop.requests import METHOD, TOKEN, URL, claims, forged, header, prover, verifier
from tests.jose.keys import NOW, FixedClock, key

from watchword import jwt

REQUEST = {"method": METHOD, "url": URL}
JKT = key("ES256").thumbprint()

STOLEN = {
    "sent again": {},
    "with another method": {"method": "DELETE"},
    "to another path": {"url": URL + "/1"},
    "to another server": {"url": "https://other.example/notes"},
    "in the clear": {"url": URL.replace("https", "http")},
    "beside a stolen token": {"access_token": "stolen", "jkt": JKT},
    "beside a token of another key": {"access_token": TOKEN, "jkt": key("ES384").thumbprint()},
    "where a nonce is asked for": {"nonce": "fresh"},
}


@pytest.mark.requirement("security-a:25:dpop", "tokens:J-48:dpop", "rfc9449:11.1:once")
@pytest.mark.parametrize("change", STOLEN.values(), ids=STOLEN)
def test_a_stolen_proof_is_good_for_nothing(change):
    policy = verifier()
    proof = prover().proof(METHOD, URL, access_token=TOKEN)
    assert policy.verify(proof, **REQUEST, access_token=TOKEN, jkt=JKT)
    with pytest.raises(jwt.TokenError):
        policy.verify(proof, **REQUEST | {"access_token": TOKEN, "jkt": JKT} | change)


@pytest.mark.requirement("rfc9449:11.1:window")
def test_a_proof_is_never_good_again():
    """While it is remembered it was used; when it is forgotten it is too old. Every second."""
    for iat in (NOW - 60, NOW - 59.5, NOW, NOW + 10):
        clock = FixedClock()
        policy = verifier(clock=clock)
        proof = forged(payload=claims(iat=iat))
        assert policy.verify(proof, **REQUEST)
        for clock.time in range(NOW, NOW + 200):
            with pytest.raises((jwt.ProofReplayed, jwt.TooOld)):
                policy.verify(proof, **REQUEST)


def test_a_proof_made_in_advance_is_refused_until_its_time_and_then_good_once():
    clock = FixedClock()
    policy = verifier(clock=clock)
    proof = forged(payload=claims(iat=NOW + 3_600))
    with pytest.raises(jwt.IssuedInFuture):
        policy.verify(proof, **REQUEST)
    clock.time = NOW + 3_600
    assert policy.verify(proof, **REQUEST)
    with pytest.raises(jwt.ProofReplayed):
        policy.verify(proof, **REQUEST)


def test_a_respelt_proof_is_no_other_proof():
    """A second signature, header order or time under the same name is the same proof."""
    policy = verifier()
    assert policy.verify(forged(payload=claims()), **REQUEST)
    for again in (
        forged(payload=claims()),
        forged(header(extra=1), claims(extra=1)),
        forged(payload=claims(iat=float(NOW))),
    ):
        with pytest.raises(jwt.ProofReplayed):
            policy.verify(again, **REQUEST)


def test_another_clients_proof_of_the_same_name_is_another_proof():
    """Otherwise one client could burn the names of another."""
    policy = verifier("ES256", "ES384")
    assert policy.verify(forged(), **REQUEST)
    assert policy.verify(forged(header("ES384"), alg="ES384"), **REQUEST)


def test_an_access_token_is_no_proof_and_a_proof_no_access_token():
    from tests.jose.keys import signer  # noqa: PLC0415 - the other kind of token
    from tests.jose.keys import verifier as token_verifier  # noqa: PLC0415

    with pytest.raises(jwt.WrongType):
        verifier().verify(signer("ES256").sign(sub="alice"), **REQUEST)
    with pytest.raises(jwt.WrongType):
        token_verifier("ES256").verify(prover().proof(METHOD, URL))
