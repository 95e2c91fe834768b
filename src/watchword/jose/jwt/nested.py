"""Nested tokens: signed, then encrypted, and read back through both layers or not at all.

Source: RFC 7519 sections 5.2 and 11.2; RFC 8725 sections 3.3 and 3.11; tokens.md J-39.
"""

from collections.abc import Mapping
from typing import TypeVar

from watchword.jose.errors import PolicyRefused, WrongType
from watchword.jose.jwe import compact as jwe_compact
from watchword.jose.jwe.decrypter import Decrypter
from watchword.jose.jwe.recipient import RecipientKey
from watchword.jose.jwt.expected import media_type
from watchword.jose.jwt.peek import peek
from watchword.jose.jwt.signer import Signer
from watchword.jose.jwt.verified import Verified
from watchword.jose.jwt.verifier import Verifier
from watchword.jose.jwt.verifiers import Verifiers

__all__ = ["aunnest", "nest", "unnest"]

C = TypeVar("C")


def nest(
    claims: Mapping[str, object], *, signer: Signer, encrypt_to: RecipientKey, enc: str
) -> str:
    """Sign claims, and encrypt the signed token to one key.

    Args:
        claims: what the token says beside the Signer's own claims.
        signer: a Signer with an explicit type, such as "at+jwt".
        encrypt_to: a `jwe.Key`, `jwe.Secret` or `jwe.Password`.
        enc: the content encryption, such as "A256GCM".

    Raises:
        PolicyRefused: the Signer has no explicit type, or an argument that no reader would accept.
        KeyMismatch: the key may not encrypt, or not with this `enc`.

    Source: RFC 7519 section 7.1.
    """
    if not isinstance(signer, Signer):
        raise PolicyRefused("signer= is a jwt.Signer")
    text = signer.sign(**claims)
    if not _is_explicit(peek(text).header.typ):
        raise PolicyRefused('the Signer of a nested token has an explicit typ=, such as "at+jwt"')
    return jwe_compact.encrypt(text.encode("ascii"), encrypt_to, enc=enc, header={"cty": "JWT"})


def unnest(
    text: str | bytes, *, decrypter: Decrypter, verifier: Verifier[C] | Verifiers[C]
) -> Verified[C]:
    """Decrypt a nested token and return what was proved of the token inside.

    Args:
        text: a compact JWE that holds a signed JWT.
        decrypter: opens the outer layer.
        verifier: proves the inner one, whose `typ` is explicit.

    Raises:
        TokenError: the token is at fault; the class says how.
        KeysUnavailable: the verifier has no keys to answer from.
        PolicyRefused: one of the two policies is missing.

    Source: RFC 7519 section 7.2.
    """
    inner = _opened(text, decrypter, verifier)
    return _concluded(verifier.verify(inner))


async def aunnest(
    text: str | bytes, *, decrypter: Decrypter, verifier: Verifier[C] | Verifiers[C]
) -> Verified[C]:
    """Do as `unnest`, and await where keys have to be fetched first; else never."""
    inner = _opened(text, decrypter, verifier)
    return _concluded(await verifier.averify(inner))


def _opened(text: str | bytes, decrypter: object, verifier: object) -> bytes:
    """Return the token inside, on nobody's word yet."""
    if not isinstance(decrypter, Decrypter) or not isinstance(verifier, Verifier | Verifiers):
        raise PolicyRefused(
            "a nested token needs a Decrypter and a Verifier: both layers' policies"
        )
    outer = decrypter.decrypt(text)
    if outer.header.cty is None or media_type(outer.header.cty) != "jwt":
        raise WrongType("the cty of a nested token is JWT", claim="cty", got=outer.header.cty)
    return outer.data


def _concluded(verified: Verified[C]) -> Verified[C]:
    """Return what was proved, if it is of an explicit type and nests nothing further."""
    if not _is_explicit(verified.header.typ):
        raise WrongType("the token inside has no explicit type", claim="typ")
    if verified.header.cty is not None:
        raise WrongType("the token inside holds another token", claim="cty")
    return verified


def _is_explicit(typ: str | None) -> bool:
    return typ is not None and media_type(typ) != "jwt"
