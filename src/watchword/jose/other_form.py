"""Name the reader of a text that another reader was given.

Each reader has one form and tries no other, so that no text is valid in two (tokens.md J-16). This
only says where a refused text belongs; nothing is decided by it.

Source: RFC 7515 section 7; RFC 7516 sections 7 and 9; RFC 9901 section 4.
"""

__all__ = ["hint"]

_BY_DOTS = {
    2: "this has the three parts of a signed token (compact JWS); verify of a Verifier reads it",
    4: "this has the five parts of an encrypted token (JWE); jwe.Decrypter.decrypt reads it",
}


def hint(data: bytes, otherwise: str) -> str:
    """Say what a text is and what reads it, or `otherwise` where it has the form of nothing.

    Args:
        data: a text that its reader has refused, of a length that was checked.
        otherwise: what the reader expects.
    """
    if data.lstrip()[:1] == b"{":
        if b'"ciphertext"' in data:
            return "this is an encrypted token in JSON form; jwe.Decrypter.decrypt_json reads it"
        return "this is JSON; the verify_json of jws.Verifier or sdjwt.Verifier reads it"
    if b"~" in data:
        return "this has the tildes of an SD-JWT; sdjwt.Verifier.verify reads it"
    return _BY_DOTS.get(data.count(b"."), otherwise)
