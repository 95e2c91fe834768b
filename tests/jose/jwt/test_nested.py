"""Signed, then encrypted; both layers or nothing."""

import asyncio
import json

import pytest
from tests.jose import forge
from tests.jose.jwe.recipients import FAMILIES, decrypter, key, sending
from tests.jose.keys import TYP, signer, verifier

from watchword import jwe, jwt
from watchword.base import base64url


def nested(alg="ECDH-ES+A128KW", crv="X25519", **options):
    return jwt.nest(
        {"sub": "alice", "scope": "read"},
        signer=options.pop("signer", None) or signer(),
        encrypt_to=sending(alg, crv=crv),
        enc=options.pop("enc", "A128GCM"),
    )


def opener(alg="ECDH-ES+A128KW", crv="X25519", **options):
    return decrypter(alg, crv=crv, **options)


def wrapped(inner, *, cty="JWT", **header):
    data = inner.encode() if isinstance(inner, str) else inner
    members = header | ({} if cty is None else {"cty": cty})
    return jwe.encrypt(data, sending("A128KW"), enc="A128GCM", header=members)


def unnested(text, **changes):
    options = {"decrypter": decrypter("A128KW"), "verifier": verifier()} | changes
    return jwt.unnest(text, **options)


@pytest.mark.requirement("tokens:J-39:both-layers", "security-a:13:both-layers")
@pytest.mark.requirement("rfc7519:5.2:nested")
@pytest.mark.parametrize(("alg", "crv"), FAMILIES)
def test_what_is_nested_is_proved(alg, crv):
    """Tokens.md J-39."""
    verified = jwt.unnest(nested(alg, crv), decrypter=opener(alg, crv), verifier=verifier())
    assert isinstance(verified, jwt.Verified)
    assert verified.claims.sub == "alice"
    assert verified.header.typ == TYP


@pytest.mark.requirement("rfc7519:5.2:cty-jwt")
def test_the_outer_header_says_what_is_inside():
    """RFC 7519 section 5.2."""
    header = json.loads(base64url.decode(nested().split(".")[0]))
    assert header["cty"] == "JWT"
    assert "zip" not in header


@pytest.mark.parametrize("cty", ["JWT", "jwt", "application/jwt"])
def test_the_content_type_is_a_media_type(cty):
    assert unnested(wrapped(forge.token(), cty=cty)).claims.sub == "alice"


@pytest.mark.parametrize("cty", [None, "", "JWE", "json", "application/jose"])
def test_another_content_is_no_nested_token(cty):
    with pytest.raises(jwt.WrongType) as caught:
        unnested(wrapped(forge.token(), cty=cty))
    assert (caught.value.claim, caught.value.got) == ("cty", cty)


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt"])
def test_the_inner_type_is_explicit(typ):
    """RFC 8725 section 3.11: ANY and PLAIN would take it from outside, and do not inside."""
    text = wrapped(forge.token(forge.header(typ=typ)))
    for policy in (verifier(typ=jwt.ANY), verifier(typ=jwt.PLAIN), verifier()):
        with pytest.raises(jwt.WrongType) as caught:
            unnested(text, verifier=policy)
        assert caught.value.claim == "typ"
    with pytest.raises(jwt.PolicyRefused, match="explicit"):
        nested(signer=signer(typ=jwt.PLAIN))


@pytest.mark.requirement("tokens:J-39:depth-two")
def test_the_depth_is_exactly_two():
    signed = forge.token()
    for inner in (wrapped(signed), b'{"sub":"alice"}', b"", signed + ".", "text"):
        with pytest.raises(jwt.MalformedToken):
            unnested(wrapped(inner))
    with pytest.raises(jwt.WrongType) as caught:
        unnested(wrapped(forge.token(forge.header(cty="JWT"))))
    assert caught.value.claim == "cty"
    with pytest.raises(jwt.MalformedToken):
        unnested(signed)


def test_what_is_wrong_inside_is_named():
    with pytest.raises(jwt.Expired):
        unnested(wrapped(forge.token(payload=forge.claims(exp=1))))
    with pytest.raises(jwt.SignatureInvalid):
        unnested(wrapped(forge.token()[:-4] + "AAAA"))
    with pytest.raises(jwt.DecryptionFailed):
        unnested(wrapped(forge.token())[:-4] + "AAAA")


def test_a_policy_that_is_missing_or_of_the_other_layer_is_refused():
    text = wrapped(forge.token())
    for changes in (
        {"decrypter": None},
        {"verifier": None},
        {"decrypter": verifier()},
        {"verifier": decrypter("A128KW")},
        {"verifier": key("A128KW")},
    ):
        with pytest.raises(jwt.PolicyRefused):
            unnested(text, **changes)
    with pytest.raises(jwt.PolicyRefused):
        nested(signer=forge.key("HS256"))
    with pytest.raises(TypeError):
        jwt.unnest(text, decrypter=decrypter("A128KW"))


def test_a_compressed_token_is_read_where_asked_and_never_written():
    """Tokens.md J-37: `nest` has no way to compress."""
    text = jwe.encrypt(
        forge.token().encode(),
        sending("A128KW"),
        enc="A128GCM",
        header={"cty": "JWT"},
        unsafe_zip="DEF",
    )
    assert unnested(text, decrypter=decrypter("A128KW", zip=True)).claims.sub == "alice"
    with pytest.raises(jwt.AlgorithmRefused):
        unnested(text)
    with pytest.raises(TypeError):
        jwt.nest({}, signer=signer(), encrypt_to=sending("A128KW"), enc="A128GCM", unsafe_zip="DEF")


def test_an_event_loop_awaits_the_keys_of_the_inner_token():
    """Our own choice: a loop is never held up by a fetch."""
    options = {"decrypter": opener(), "verifier": verifier()}
    assert asyncio.run(jwt.aunnest(nested(), **options)).claims.sub == "alice"
    with pytest.raises(jwt.WrongType):
        asyncio.run(
            jwt.aunnest(wrapped("x.y.z", cty=None), **options | {"decrypter": decrypter("A128KW")})
        )


def test_the_issuer_of_the_inner_token_may_choose_among_verifiers():
    """Tokens.md J-27."""
    either = jwt.Verifiers(verifier(), verifier("ES256", issuer="https://other.example"))
    assert jwt.unnest(nested(), decrypter=opener(), verifier=either).claims.sub == "alice"
    assert (
        asyncio.run(jwt.aunnest(nested(), decrypter=opener(), verifier=either)).claims.sub
        == "alice"
    )
