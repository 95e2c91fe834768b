"""Tokens without a signature, under every spelling of the word.

Source: RFC 8725 section 3.2; RFC 7515 appendix A.5; tokens.md J-10.
"""

from pathlib import Path

import pytest
from tests.jose import forge
from tests.jose.keys import key, public, verifier

import watchword
from watchword import jwt

SPELLINGS = ["none", "None", "NONE", "nOnE", "none ", " none", "n\u043ene", "", "null", "no"]
RFC_7515_A_5 = (
    "eyJhbGciOiJub25lIn0."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
)


@pytest.mark.requirement("tokens:J-10:none-does-not-exist")
@pytest.mark.parametrize("alg", SPELLINGS)
@pytest.mark.parametrize("signature", ["", "AA", "e30", "good"])
@pytest.mark.parametrize("held", ["HS256", "RS256"])
def test_an_unsecured_token_is_refused(alg, signature, held):
    text = forge.token({**forge.header(held), "alg": alg}, alg=held)
    if signature != "good":
        text = f"{text.rpartition('.')[0]}.{signature}"
    for verify in (
        verifier(held).verify,
        lambda token: jwt.parse(token, lambda _: public(held), methods=[jwt.HS256, jwt.RS256]),
    ):
        with pytest.raises((jwt.AlgorithmRefused, jwt.MalformedToken)):
            verify(text)


def test_the_rfcs_own_example_is_refused():
    with pytest.raises(jwt.MalformedToken):
        verifier().verify(RFC_7515_A_5)
    with pytest.raises(jwt.AlgorithmRefused):
        verifier().verify(RFC_7515_A_5 + "AA")


@pytest.mark.requirement("tokens:J-10:none-does-not-exist")
def test_no_key_method_or_policy_can_be_made_of_it():
    for make in (
        lambda: jwt.Key.generate("none"),
        lambda: jwt.Secret("x" * 64, alg="none"),
        lambda: jwt.Token("none", {}, expires_in=60),
        lambda: jwt.Verifier(
            key("HS256"), issuer="i", audience="a", typ="t", algorithms=["HS256", "none"]
        ),
    ):
        with pytest.raises(jwt.PolicyRefused):
            make()


@pytest.mark.requirement("security-a:4:absent-from-the-package")
def test_the_package_holds_no_name_for_it():
    """Security.md rule 4: a search for symbols and strings."""
    sources = [
        path
        for part in ("jose", "jwt.py")
        for path in [Path(watchword.__file__).parent / part]
        for path in (path.rglob("*.py") if path.is_dir() else [path])
    ]
    assert len(sources) > 20
    for path in sources:
        source = path.read_text()
        for word in ('"none"', "'none'", "RSA1_5", "NoneAlgorithm"):
            assert word not in source, (path, word)
