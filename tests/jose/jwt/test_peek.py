import pytest
from tests.jose import forge
from tests.jose.keys import signer

from watchword import jwt


def test_a_token_is_read_on_nobodys_word():
    unverified = jwt.peek(signer().sign(sub="alice")[:-43] + "A" * 43)
    assert unverified.claims["sub"] == "alice"
    assert unverified.method is jwt.HS256
    assert not isinstance(unverified, jwt.Verified)


def test_an_unknown_method_is_none():
    assert jwt.peek(forge.token(forge.header(alg="none"))).method is None
    assert repr(jwt.peek(forge.token(forge.header(alg="canary")))) == "Unverified(method=None)"


def test_the_repr_shows_no_claim():
    assert repr(jwt.peek(signer().sign(sub="canary"))) == "Unverified(method='HS256')"


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "e30.e30.AA", "eyJhbGciOiJ4In0.W10.AA", "." * 9]
)
def test_what_is_no_token_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        jwt.peek(text)
