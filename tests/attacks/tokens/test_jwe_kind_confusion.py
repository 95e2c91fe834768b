"""Keys, tokens and results of one kind offered where another is expected.

Source: RFC 8725 sections 3.1 and 3.3; jwcrypto CVE-2022-3102; CVE-2023-51774; tokens.md J-29, J-40.
"""

import json

import pytest
from tests.jose import forge
from tests.jose.jwe.recipients import (
    ALGS,
    DATA,
    FAMILIES,
    decrypter,
    document,
    encoded,
    key,
    reheaded,
    sending,
    token,
)
from tests.jose.keys import NOW, signer, verifier
from tests.jose.keys import key as signing_key

from watchword import jwe, jwt
from watchword.base import base64url

POLICY = {"issuer": "i", "audience": "a", "typ": "t"}


@pytest.mark.requirement("tokens:J-40:separate-keys", "rfc8725:3.1:separate-keys")
@pytest.mark.parametrize(("alg", "crv"), FAMILIES)
def test_a_key_for_encryption_is_in_no_verifier_and_no_signer(alg, crv):
    for held in (key(alg, crv=crv), sending(alg, crv=crv)):
        with pytest.raises((jwt.PolicyRefused, jwt.InvalidKey)):
            jwt.Verifier(held, **POLICY)
        with pytest.raises(jwt.InvalidKey):
            jwt.KeySet([held])
        with pytest.raises(jwt.PolicyRefused):
            jwt.Signer(held, lifetime=1, **POLICY)
        with pytest.raises((jwt.PolicyRefused, jwt.UnknownKey, jwt.AlgorithmRefused)):
            jwt.parse(forge.token(), lambda _, held=held: held, methods=[jwt.HS256])


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "Ed25519"])
def test_a_key_for_signatures_neither_encrypts_nor_decrypts(alg):
    for held in (signing_key(alg), jwt.KeySet([signing_key(alg)])):
        with pytest.raises(jwt.PolicyRefused):
            jwe.encrypt(DATA, held, enc="A128GCM")
        with pytest.raises(jwt.PolicyRefused):
            jwe.Decrypter(held, enc=["A128GCM"])
        with pytest.raises(jwt.PolicyRefused):
            jwe.encrypt_json(DATA, held, enc="A128GCM")


def test_a_jwk_of_the_other_use_is_refused():
    for held, kind in ((key("RSA-OAEP"), jwt.Key), (key("A128KW"), jwt.Secret)):
        with pytest.raises(jwt.KeyRefused):
            kind.from_jwk(held.to_jwk(private=True))
        with pytest.raises((jwt.KeyRefused, jwt.PolicyRefused)):
            kind.from_jwk(held.to_jwk(private=True), alg="RS256")
    for held, kind in ((signing_key("RS256"), jwe.Key), (signing_key("HS256"), jwe.Secret)):
        members = held.to_jwk(private=True)
        with pytest.raises(jwt.KeyRefused):
            kind.from_jwk(members)
        with pytest.raises(jwt.KeyRefused):
            kind.from_jwk({**members, "alg": None}, alg="RSA-OAEP")


@pytest.mark.requirement("tokens:J-1:encryption-diagonal")
@pytest.mark.parametrize("held", ALGS)
def test_only_a_keys_own_algorithm_is_read(held):
    """Tokens.md J-1: every key with every alg, and with other spellings of its own."""
    row = jwe.KEY_MANAGEMENT[held]
    crv = next(iter(row.curves), None)
    text = token(held, crv=crv)
    opener = decrypter(held, crv=crv)
    assert opener.decrypt(text).data == DATA
    for alg in (*ALGS, held.lower(), held.upper(), held + " ", held + "\0", held[:-1]):
        if alg != held:
            with pytest.raises(jwt.AlgorithmRefused):
                opener.decrypt(reheaded(text, alg=alg))


@pytest.mark.requirement("tokens:J-29:neither-is-the-other", "rfc8725:3.3:decrypt-is-no-verify")
def test_signed_is_not_encrypted_and_decrypted_is_not_verified():
    encrypted = jwe.encrypt(json.dumps(forge.claims()).encode(), sending("dir"), enc="A128GCM")
    with pytest.raises(jwt.MalformedToken, match="JWE"):
        verifier().verify(encrypted)
    with pytest.raises(jwt.MalformedToken, match="JWS"):
        decrypter("dir").decrypt(signer().sign(sub="alice"))
    opened = decrypter("dir").decrypt(encrypted)
    assert json.loads(opened.data)["exp"] > NOW
    assert not isinstance(opened, jwt.Verified)
    assert not hasattr(opened, "claims")
    with pytest.raises(jwt.WrongType):
        jwt.unnest(encrypted, decrypter=decrypter("dir"), verifier=verifier())


@pytest.mark.parametrize("given", [b"x", 7, None, {}, [], jwt.ANY])
def test_only_text_is_read(given):
    for read in (decrypter("dir").decrypt, decrypter("dir").decrypt_json):
        with pytest.raises(jwt.MalformedToken):
            read(given)


POLYGLOTS = {
    "a signed document that is encrypted too": {"payload": "e30", "signatures": []},
    "flattened both ways": {"payload": "e30", "signature": "AAAA"},
    "a compact token as a member": {"x": forge.token()},
    "a second general form": {"recipients": [{"header": {"alg": "dir"}}]},
}


@pytest.mark.requirement("rfc7516:9:tell-jws-from-jwe")
@pytest.mark.parametrize("extra", POLYGLOTS.values(), ids=POLYGLOTS)
def test_a_document_of_two_kinds_is_of_none(extra):
    """RFC 7516 section 9; python-jwt CVE-2022-39227."""
    members = document("A128KW") | extra
    if "x" in extra:
        assert decrypter("A128KW").decrypt_json(json.dumps(members)).data == DATA
        return
    with pytest.raises(jwt.MalformedToken):
        decrypter("A128KW").decrypt_json(json.dumps(members))


@pytest.mark.parametrize("wrap", ["{}.{}", '{{"x":"{}"}}{}', "{}\n{}", "[{},{}]", "{} {}"])
def test_a_text_that_holds_both_forms_is_neither(wrap):
    """Read by a lenient parser, each of these has been two tokens."""
    for first, second in (
        (token("dir"), json.dumps(document("dir"))),
        (json.dumps(document("dir")), token("dir")),
    ):
        text = wrap.format(first, second)
        for read in (decrypter("dir").decrypt, decrypter("dir").decrypt_json):
            with pytest.raises(jwt.TokenError):
                read(text)


@pytest.mark.requirement("tokens:J-10:rsa1_5-does-not-exist")
def test_the_old_padding_exists_nowhere():
    """Tokens.md J-10; the source is searched by test_unsecured.py."""
    assert "RSA1_5" not in jwe.KEY_MANAGEMENT
    text = f"{encoded({'alg': 'RSA1_5', 'enc': 'A128GCM'})}.{base64url.encode(bytes(256))}.A.A.A"
    with pytest.raises(jwt.AlgorithmRefused):
        decrypter("RSA-OAEP").decrypt(text)
    with pytest.raises(jwt.PolicyRefused):
        jwe.Key.generate("RSA1_5")
    with pytest.raises(jwt.KeyRefused):
        jwe.Key.from_jwk(key("RSA-OAEP").to_jwk() | {"alg": "RSA1_5"})
