"""Opening one JWE for one key, whatever its serialization, without telling why it fails.

A wrapped key that does not open is replaced by a random one, and the content is then decrypted all
the same. So a wrong key, a changed wrapped key and a changed content fail at the same place, with
the same words, after the same work.

Source: RFC 7516 sections 5.2 and 11.5; RFC 8725 section 3.6; tokens.md J-32 to J-37.
"""

from collections.abc import Mapping

from watchword.base.chance import SYSTEM
from watchword.base.limits import JWE_CIPHERTEXT_BYTES_MAX
from watchword.base.records import dataclass
from watchword.jose.algorithms.table import CONTENT_ENCRYPTION, KEY_MANAGEMENT, ContentEncryption
from watchword.jose.errors import AlgorithmRefused, MalformedToken, TokenTooLarge, UnknownKey
from watchword.jose.header_members import CritHandlers
from watchword.jose.jwe import content
from watchword.jose.jwe.compression import DEFLATE, inflate
from watchword.jose.jwe.content import Box
from watchword.jose.jwe.header import Header, check_critical
from watchword.jose.jwe.recipient import DecryptionKeys, RecipientKey, is_for

__all__ = ["Decrypted", "Policy", "accept", "check_ciphertext_length", "open_box"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one decrypter accepts."""

    keys: DecryptionKeys
    enc: Mapping[str, ContentEncryption]
    inflates: bool
    crit: CritHandlers


@dataclass(frozen=True, slots=True, repr=False)
class Decrypted:
    """A content that was encrypted to one of the decrypter's keys, by whoever had the other half.

    It is not `Verified`: to a public key anybody encrypts.
    """

    data: bytes
    header: Header
    key: RecipientKey
    aad: bytes = b""
    """What was authenticated beside the content, in the JSON form only."""

    def __repr__(self) -> str:
        return f"Decrypted(alg={self.header.alg!r}, enc={self.header.enc!r}, ...)"


def accept(header: Header, policy: Policy) -> ContentEncryption:
    """Check a header against the policy and return the row of its content encryption.

    Raises:
        AlgorithmRefused: alg, enc or zip is not accepted.
        CriticalHeader: an extension that is not understood.
    """
    if header.alg not in policy.keys.algorithms:
        raise _refuse("alg", header.alg, KEY_MANAGEMENT, policy.keys.algorithms)
    enc = policy.enc.get(header.enc)
    if enc is None:
        raise _refuse("enc", header.enc, CONTENT_ENCRYPTION, frozenset(policy.enc))
    if "zip" in header.members:
        accepted = frozenset({DEFLATE} if policy.inflates else ())
        if header.members["zip"] not in accepted:
            raise AlgorithmRefused(
                "the content is compressed; zip=True reads DEF", claim="zip", expected=accepted
            )
    check_critical(header, policy.crit)
    return enc


def open_box(
    key: RecipientKey, header: Header, encrypted_key: bytes, box: Box, aad: bytes
) -> bytes:
    """Return the content of one JWE for one key.

    The key's algorithm is compared again here, at the operation, whatever chose the key.

    Raises:
        UnknownKey: the key is bound to another algorithm.
        DecryptionFailed: it is not what was encrypted to this key.
        MalformedToken: a part has a form that no sender makes.
        TokenTooLarge: the content inflates beyond its limit.
    """
    enc = CONTENT_ENCRYPTION[header.enc]
    if key.alg != header.alg or not is_for(key, enc):
        raise UnknownKey("the key is bound to another algorithm than the token's", claim="kid")
    if len(box.iv) != enc.iv_bytes or len(box.tag) != enc.tag_bytes:
        raise MalformedToken(f"{enc.name} has another length of its vector or its tag")
    # Drawn in any case, so that a key that opens costs what one that does not costs.
    spare = SYSTEM.token_bytes(enc.cek_bytes)
    cek = key.unwrap(encrypted_key, enc, header.members)
    is_usable = cek is not None and len(cek) == enc.cek_bytes
    data = content.decrypt(enc, cek if is_usable and cek else spare, box, aad)
    return inflate(data) if "zip" in header.members else data


def check_ciphertext_length(ciphertext_b64u: bytes | str) -> None:
    """Refuse a ciphertext that is too long, before it is decoded."""
    if len(ciphertext_b64u) > JWE_CIPHERTEXT_BYTES_MAX * 4 // 3 + 2:
        raise TokenTooLarge(f"the ciphertext is longer than {JWE_CIPHERTEXT_BYTES_MAX} bytes")


def _refuse(
    claim: str, got: str, known: Mapping[str, object], accepted: frozenset[str]
) -> AlgorithmRefused:
    """Return the refusal, which names the token's algorithm only where it is a registered one."""
    named = got if got in known else "an algorithm that does not exist here"
    return AlgorithmRefused(
        f"the token says {named}; accepted is {', '.join(sorted(accepted))}",
        claim=claim,
        expected=accepted,
        got=got,
    )
