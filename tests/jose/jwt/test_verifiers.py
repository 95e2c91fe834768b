import pytest
from tests.jose import forge
from tests.jose.jwt.test_verifier_arrivals import run_to_its_end
from tests.jose.keys import AUDIENCE, ISSUER, TYP, FixedClock, signer, verifier

from watchword import jwt


@pytest.mark.requirement("rfc8725:3.8:issuer-keys", "tokens:J-27:issuer-keys")
def test_several_issuers_keep_their_own_keys():
    """Tokens.md J-27; nearform/fast-jwt#330."""
    b_key = jwt.Key.generate("ES256", kid="kid-ES256")
    both = jwt.Verifiers(
        verifier("ES256"),
        jwt.Verifier(
            b_key.public(),
            issuer="https://b.example",
            audience=AUDIENCE,
            typ=TYP,
            clock=FixedClock(),
        ),
    )
    of_a = signer("ES256").sign(sub="alice")
    of_b = jwt.Signer(
        b_key,
        issuer="https://b.example",
        audience=AUDIENCE,
        lifetime=60,
        typ=TYP,
        clock=FixedClock(),
    )
    assert both.verify(of_a).claims.iss == ISSUER
    assert both.verify(of_b.sign(sub="bob")).claims.iss == "https://b.example"
    crossed = jwt.Signer(
        b_key, issuer=ISSUER, audience=AUDIENCE, lifetime=60, typ=TYP, clock=FixedClock()
    )
    with pytest.raises(jwt.SignatureInvalid):
        both.verify(crossed.sign(sub="mallory"))


def test_an_unknown_issuer_has_no_verifier():
    both = jwt.Verifiers(verifier())
    for named, payload in (
        ("https://c.example", forge.claims(iss="https://c.example")),
        (None, forge.claims(iss=...)),
    ):
        with pytest.raises(jwt.WrongIssuer) as caught:
            both.verify(forge.token(payload=payload))
        assert (caught.value.claim, caught.value.got) == ("iss", named)
    with pytest.raises(jwt.MalformedToken) as malformed:
        both.verify(forge.token(payload=forge.claims(iss=[ISSUER])))
    assert malformed.value.claim == "iss"


def test_the_verifier_that_is_chosen_verifies_in_the_way_that_was_asked_for():
    both = jwt.Verifiers(verifier(), verifier(issuer="https://b.example"))
    text = forge.token(payload=forge.claims(iss="https://b.example"))
    assert both.verify_nowait(text).claims.iss == "https://b.example"
    assert run_to_its_end(both.averify(text)).claims.iss == "https://b.example"


def test_verifiers_need_distinct_named_issuers():
    for wrong in ((), (verifier(), verifier()), (verifier(issuer=jwt.ANY),)):
        with pytest.raises(jwt.PolicyRefused):
            jwt.Verifiers(*wrong)


def test_a_policy_of_several_lists_what_any_of_them_gives_up():
    loose = verifier(issuer="https://b.example", allow_no_exp=True, audience=jwt.ANY)
    both = jwt.Verifiers(verifier(allow_no_exp=True), loose)
    assert both.relaxations == ("allow_no_exp", "audience=ANY")
    assert jwt.Verifiers(verifier()).relaxations == ()
    assert repr(both) == f"Verifiers({ISSUER}, https://b.example)"


def test_padding_is_the_business_of_the_verifier_that_is_chosen():
    payload = forge.pad(forge.encode(forge.dump(forge.claims()) + " " * 2))
    padded = forge.sign_parts(forge.encode(forge.dump(forge.header())), payload)
    other = verifier(issuer="https://b.example", allow_padding=True)
    assert jwt.Verifiers(verifier(allow_padding=True)).verify(padded).claims.iss == ISSUER
    for strict in (jwt.Verifiers(verifier()), jwt.Verifiers(verifier(), other)):
        with pytest.raises(jwt.MalformedToken):
            strict.verify(padded)
