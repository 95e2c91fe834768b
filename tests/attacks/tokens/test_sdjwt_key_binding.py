"""A presentation sent by somebody else, somewhere else, again, or with something left out.

Source: RFC 9901 sections 7.3, 9.5, 9.9 and 9.10; tokens.md J-47.
"""

import pytest
from tests.jose.keys import NOW, key
from tests.jose.sdjwt.credentials import (
    NONCE,
    RECEIVER,
    bind,
    bound_verifier,
    issue,
    present,
    signed,
    token_verifier,
)

from watchword import jwt, sdjwt
from watchword.jose.sdjwt import form

SHOWN = ("email", "nationalities.0")


@pytest.mark.requirement("rfc9901:9.5:stripped")
def test_a_stripped_key_binding_does_not_make_it_optional():
    text = present(issue(), SHOWN)
    stripped = text.rpartition("~")[0] + "~"
    with pytest.raises(sdjwt.KeyBindingMissing):
        bound_verifier().verify(stripped, nonce=NONCE)


@pytest.mark.requirement("rfc9901:9.10:set-of-disclosures")
def test_disclosures_cannot_be_added_removed_or_reordered():
    whole, text = issue(), present(issue(), SHOWN)
    text = present(whole, SHOWN)
    parts = form.read(text)
    first, second = parts.disclosures
    [more, *_] = [d for d in form.read(whole).disclosures if d not in parts.disclosures]
    for disclosures in ((first,), (second, first), ()):
        changed = form.Parts(parts.token, disclosures, parts.key_binding)
        with pytest.raises(jwt.ClaimInvalid, match="sd_hash"):
            bound_verifier().verify(changed.text, nonce=NONCE)
    added = form.Parts(parts.token, (first, second, more), parts.key_binding)
    with pytest.raises(jwt.TokenError):
        bound_verifier().verify(added.text, nonce=NONCE)


def test_a_key_binding_of_another_token_does_not_fit():
    other = present(issue(), SHOWN).rpartition("~")[2]
    with pytest.raises(jwt.ClaimInvalid, match="sd_hash"):
        bound_verifier().verify(sdjwt.present(issue(), show=SHOWN) + other, nonce=NONCE)


def test_a_presentation_is_for_one_verifier_one_transaction_and_a_moment():
    text = present(issue(), SHOWN)
    assert bound_verifier(seconds=60).verify(text, nonce=NONCE)
    with pytest.raises(jwt.WrongAudience):
        bound_verifier(audience="https://thief.example").verify(text, nonce=NONCE)
    with pytest.raises(jwt.ClaimInvalid, match="nonce"):
        bound_verifier().verify(text, nonce=NONCE + "x")
    with pytest.raises(jwt.TooOld):
        bound_verifier(seconds=61).verify(text, nonce=NONCE)


@pytest.mark.parametrize("audience", [RECEIVER + "/", RECEIVER[:-1], RECEIVER.upper()])
def test_the_audience_is_compared_whole(audience):
    with pytest.raises(jwt.WrongAudience):
        bound_verifier().verify(present(issue(), audience=audience), nonce=NONCE)


def test_a_thief_cannot_bind_with_a_key_of_their_own():
    """Neither as the holder, nor by a key in the header, nor by a claim that is not signed."""
    thief = jwt.Key.generate("ES256")
    shown = sdjwt.present(issue(), show=SHOWN)
    for header in ({}, {"jwk": thief.public().to_jwk()}, {"kid": thief.kid}):
        with pytest.raises(jwt.SignatureInvalid):
            bound_verifier().verify(bind(shown, holder_key=thief, header=header), nonce=NONCE)


def test_the_issuers_own_token_is_no_key_binding():
    """A JWT of another kind, signed by a key that would do."""
    text = issue(holder=key("Ed25519").public())
    token = text.partition("~")[0]
    with pytest.raises(jwt.WrongType):
        bound_verifier().verify(text + token, nonce=NONCE)


def test_a_key_binding_is_no_token():
    """N x N of kinds: `kb+jwt` where an access token is expected."""
    proof = present(issue()).rpartition("~")[2]
    with pytest.raises(jwt.TokenError):
        token_verifier().verify(proof)


def test_a_key_binding_from_the_future_is_refused():
    with pytest.raises(jwt.IssuedInFuture):
        bound_verifier().verify(bind(issue(), iat=NOW + 3600), nonce=NONCE)


@pytest.mark.requirement("security-a:19:safe-texts")
def test_no_error_shows_what_a_key_or_a_proof_holds():
    canary = "canary-7c2a"
    good = key("ES256").public().to_jwk()
    texts = [
        *(bind(signed({"cnf": cnf})) for cnf in ({canary: canary}, {"jwk": canary})),
        *(
            bind(signed({"cnf": {"jwk": good | {name: canary}}}))
            for name in ("kty", "crv", "x", "alg", "use", "d", "key_ops")
        ),
        *(bind(issue(), **{name: canary}) for name in ("aud", "nonce", "sd_hash", "iat", "exp")),
        *(bind(issue(), header={name: canary}) for name in ("typ", "alg", "crit")),
    ]
    for text in texts:
        with pytest.raises(jwt.TokenError) as caught:
            bound_verifier().verify(text, nonce=NONCE)
        error = caught.value
        assert canary not in str(error) + repr(error) + error.public
