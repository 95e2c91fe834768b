"""Interop switches: off, named for what they give up, and listed by the policy (tokens.md 3)."""

import math
from dataclasses import dataclass

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, FixedClock, public, verifier

from watchword import jwt

GOOD = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    sub: str


@pytest.mark.requirement("tokens:3:switches")
def test_a_policy_lists_what_it_gives_up():
    """Tokens.md section 3: `watchword doctor` shows these words, and a reviewer searches them."""
    weak = jwt.Secret("x" * 16, alg="HS256", weak_keys="verify-only")
    switches = {"allow_padding": True, "allow_int_sub": True, "allow_no_exp": True}
    opted_out = dict.fromkeys(GOOD, jwt.ANY)
    assert verifier().relaxations == verifier("ES256").relaxations == ()
    assert jwt.Verifier(weak, **opted_out, **switches).relaxations == (
        *("issuer=ANY", "audience=ANY", "typ=ANY"),
        *("allow_padding", "allow_int_sub", "allow_no_exp", "weak_keys"),
    )
    for name in switches:
        assert verifier(**{name: True}).relaxations == (name,)
        assert verifier(**{name: False}).relaxations == ()


def padded_part(members):
    """Return a part that needs two characters of padding."""
    length = len(forge.dump(members | {"fill": ""}))
    return forge.pad(forge.encode(forge.dump(members | {"fill": "x" * ((1 - length) % 3)})))


@pytest.mark.requirement("tokens:3:switches")
@pytest.mark.parametrize("call", ["verify", "authenticate"])
@pytest.mark.parametrize("part", [0, 1])
def test_a_padded_part_alone_is_refused_where_padding_is_not_asked_for(part, call):
    parts = [forge.encode(forge.dump(forge.header())), forge.encode(forge.dump(forge.claims()))]
    parts[part] = padded_part((forge.header(), forge.claims())[part])
    padded = forge.sign_parts(*parts)
    for _ in range(2):
        with pytest.raises(jwt.MalformedToken, match="canonical"):
            getattr(verifier(), call)(padded)


@pytest.mark.requirement("tokens:3:switches")
@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_padding_is_accepted_where_it_is_asked_for(alg):
    """AWS load balancers pad each part, and sign what they padded; PyJWT #1209."""
    pads = [padded_part(forge.header(alg)), padded_part(forge.claims())]
    padded = forge.sign_parts(*pads, alg)
    padded += "=" * (-len(padded.rsplit(".", 1)[1]) % 4)
    lenient, strict = verifier(alg, allow_padding=True), verifier(alg)
    for _ in range(3):
        assert lenient.verify(padded).claims.sub == "alice"
        assert lenient.verify(forge.token(alg=alg)).claims.sub == "alice"
    assert lenient.authenticate(padded).members["sub"] == "alice"
    assert jwt.verify(padded, public(alg), expect=jwt.Expected(**GOOD, allow_padding=True), now=NOW)
    with pytest.raises(jwt.MalformedToken):
        strict.verify(padded)
    for part in range(3):
        good = padded.split(".")[part]
        for wrong in (good + "=", good.rstrip("=") + "===", "=" + good, good[:-1] + "A="):
            parts = padded.split(".")
            parts[part] = wrong
            with pytest.raises(jwt.TokenError):
                lenient.verify(".".join(parts))


def test_padding_that_was_not_signed_is_no_padding_of_the_token():
    parts = [padded_part(part).rstrip("=") for part in (forge.header(), forge.claims())]
    header, payload, signature = forge.sign_parts(*parts).split(".")
    lenient = verifier(allow_padding=True)
    assert lenient.verify(f"{header}.{payload}.{forge.pad(signature)}")
    for parts in ((forge.pad(header), payload), (header, forge.pad(payload))):
        with pytest.raises(jwt.SignatureInvalid):
            lenient.verify(f"{parts[0]}.{parts[1]}.{signature}")


@pytest.mark.requirement("tokens:3:switches")
@pytest.mark.parametrize("sub", [0, 7, -1, 2**63])
def test_an_integer_subject_becomes_text_where_it_is_asked_for(sub):
    """jpadilla/pyjwt#1017: tokens that other libraries issued before the type was checked."""
    text = forge.token(payload=forge.claims(sub=sub))
    with pytest.raises(jwt.ClaimInvalid):
        verifier().verify(text)
    for kind, name in ((jwt.Claims, "sub"), (AccessClaims, "sub")):
        lenient = verifier(allow_int_sub=True, claims=kind)
        for _ in range(3):
            assert getattr(lenient.verify(text).claims, name) == str(sub)
    assert verifier(allow_int_sub=True).verify(text).claims["sub"] == str(sub)
    assert verifier(allow_int_sub=True).verify(forge.token()).claims.sub == "alice"


@pytest.mark.parametrize("sub", [True, False, 1.0, 1.5, None, [7], {"sub": 7}])
def test_no_other_subject_becomes_text(sub):
    with pytest.raises(jwt.ClaimInvalid):
        verifier(allow_int_sub=True).verify(forge.token(payload=forge.claims(sub=sub)))


def test_only_the_subject_may_be_an_integer():
    for name in ("iss", "jti", "scope", "client_id"):
        with pytest.raises(jwt.ClaimInvalid):
            verifier(allow_int_sub=True).verify(forge.token(payload=forge.claims(**{name: 7})))


@pytest.mark.requirement("tokens:3:switches")
def test_a_token_without_end_is_accepted_where_it_is_asked_for():
    text = forge.token(payload=forge.claims(exp=...))
    with pytest.raises(jwt.ClaimMissing):
        verifier().verify(text)
    lenient = verifier(allow_no_exp=True)
    proved = lenient.verify(text)
    assert proved.expires_in is None
    assert proved.claims.exp == math.inf
    assert "exp" not in proved.claims
    assert lenient.verify(forge.token()).expires_in == 900
    for exp, error in ((NOW, jwt.Expired), (0, jwt.Expired), (None, jwt.ClaimInvalid)):
        with pytest.raises(error):
            lenient.verify(forge.token(payload=forge.claims(exp=exp)))
    with pytest.raises(jwt.ClaimMissing):
        verifier(allow_no_exp=True, require=["exp"]).verify(text)


@pytest.mark.requirement("tokens:3:switches")
def test_a_weak_secret_verifies_what_others_signed():
    weak = jwt.Secret("x" * 16, alg="HS256", weak_keys="verify-only")
    padded = jwt.Secret("x" * 16 + "\0" * 16, alg="HS256")  # RFC 2104: the same key, at full length
    text = jwt.Signer(
        padded, issuer=ISSUER, audience=AUDIENCE, lifetime=60, typ=TYP, clock=FixedClock()
    ).sign(sub="alice")
    assert jwt.Verifier(weak, **GOOD, clock=FixedClock()).verify(text).key is weak
