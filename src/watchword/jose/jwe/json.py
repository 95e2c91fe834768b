"""The JSON serialization: flattened for one recipient, general for several.

Members may stand unprotected here, and then anybody may change them. What decides how a token is
read cannot be changed so: crit and zip must be protected, alg must be that of the key, and enc on
the decrypter's list.

Source: RFC 7516 sections 5 and 7.2; tokens.md J-33, J-38.
"""

from collections.abc import Iterable, Sequence

from msgspec import json

from watchword.base import base64url
from watchword.base.chance import SYSTEM, Chance
from watchword.base.limits import JWE_AAD_BYTES_MAX, RECIPIENTS_MAX
from watchword.jose.algorithms.table import ContentEncryption, Mode, content_encryption
from watchword.jose.errors import DecryptionFailed, MalformedToken, PolicyRefused, UnknownKey
from watchword.jose.jwe import content, opening, sealing
from watchword.jose.jwe import document as jwe_document
from watchword.jose.jwe.document import Document, Recipient, covered
from watchword.jose.jwe.opening import Decrypted, Policy
from watchword.jose.jwe.recipient import RecipientKey
from watchword.jose.jwe.wrapping import Members, Wrapped

__all__ = ["decrypt", "encrypt"]


def encrypt(  # noqa: PLR0913 - one keyword for each member of the form
    data: bytes,
    keys: RecipientKey | Iterable[RecipientKey],
    *,
    enc: str,
    header: Members | None = None,
    unprotected: Members | None = None,
    aad: bytes = b"",
    chance: Chance = SYSTEM,
) -> str:
    """Encrypt a content to one key or to several.

    Args:
        data: the content, less than 256 KiB.
        keys: one makes the flattened form; two to ten the general one, in which each recipient has
            its own key and algorithm. dir and ECDH-ES stand alone.
        enc: the content encryption, such as "A256GCM".
        header: further members of the protected header.
        unprotected: members of the shared unprotected header, which anybody may change.
        aad: authenticated beside the content and readable by all, at most 64 KiB.
        chance: the source of what is random.

    Returns:
        The document as JSON text.

    Raises:
        PolicyRefused: an argument that no reader would accept.
        KeyMismatch: a key may not encrypt, or not with this `enc`.

    Source: RFC 7516 sections 5.1 and 7.2.
    """
    recipients = _checked_keys(keys)
    row = content_encryption(enc)
    plain, others = sealing.check_data(data), _checked_aad(aad)
    protected = {"enc": row.name} | dict(sealing.check_header(header))
    shared = dict(sealing.check_unprotected(unprotected))
    wrapped = _wrapped(recipients, row, protected | shared, chance)
    own = list(map(_own, recipients, wrapped))
    if len(own) == 1:  # everything about a single recipient can be protected
        protected, own = own[0] | protected, [{}]
    protected_b64u = sealing.encode_protected(protected)
    for members in own:
        sealing.check_readable(protected_b64u, shared, members)
    box = content.encrypt(row, wrapped[0].cek, plain, covered(protected_b64u, others), chance)
    forms = list(map(_form, own, wrapped))
    members = {
        "protected": protected_b64u.decode("ascii"),
        "unprotected": shared,
        **({"recipients": forms} if len(forms) > 1 else forms[0]),
        "aad": base64url.encode(others),
        "iv": base64url.encode(box.iv),
        "ciphertext": base64url.encode(box.ciphertext),
        "tag": base64url.encode(box.tag),
    }
    # What is empty is left out. The ciphertext of nothing stays: it tells a JWE from a JWS.
    stated = {name: value for name, value in members.items() if value or name == "ciphertext"}
    return json.encode(stated).decode("utf-8")


def decrypt(text: str | bytes, policy: Policy) -> Decrypted:
    """Decrypt a JWE in JSON form: as `Decrypter.decrypt_json`."""
    document = jwe_document.read(text)
    for recipient, key in _candidates(document, policy):
        try:
            data = opening.open_box(
                key, recipient.header, recipient.encrypted_key, document.box, document.covered
            )
        except DecryptionFailed:
            continue
        return Decrypted(data, recipient.header, key, document.aad)
    raise DecryptionFailed


def _wrapped(
    keys: Sequence[RecipientKey], row: ContentEncryption, members: Members, chance: Chance
) -> list[Wrapped]:
    """Convey one CEK to every recipient."""
    cek = chance.token_bytes(row.cek_bytes)
    with sealing.as_policy_refused():
        return [key.wrap(cek, row, members, chance) for key in keys]


def _own(key: RecipientKey, wrapped: Wrapped) -> dict[str, object]:
    """Return the header members of one recipient alone."""
    return sealing.key_members(key) | dict(wrapped.members)


def _form(members: Members, wrapped: Wrapped) -> dict[str, object]:
    """Return what a document says to one recipient; neither is empty where there are several."""
    return {"header": members, "encrypted_key": base64url.encode(wrapped.encrypted_key)}


def _checked_keys(keys: RecipientKey | Iterable[RecipientKey]) -> Sequence[RecipientKey]:
    recipients = list(keys) if isinstance(keys, Iterable) else [keys]
    if not 0 < len(recipients) <= RECIPIENTS_MAX:
        raise PolicyRefused(f"name 1 to {RECIPIENTS_MAX} keys")
    for key in recipients:
        sealing.check_key(key)
    if len(recipients) > 1 and any(key.algorithm.is_alone for key in recipients):
        raise PolicyRefused("dir and ECDH-ES have no second recipient", claim="alg")
    return recipients


def _checked_aad(aad: object) -> bytes:
    if not isinstance(aad, bytes) or len(aad) > JWE_AAD_BYTES_MAX:
        raise PolicyRefused(f"aad= is at most {JWE_AAD_BYTES_MAX} bytes", claim="aad")
    return aad


def _candidates(document: Document, policy: Policy) -> list[tuple[Recipient, RecipientKey]]:
    """Return the recipients that one of the policy's keys fits, with that key.

    Raises:
        AlgorithmRefused, CriticalHeader: the policy does not accept the document.
        UnknownKey: no key fits.
        MalformedToken: more than one recipient asks for the work of a password.
    """
    algorithms = policy.keys.algorithms
    accepted = [each for each in document.recipients if each.header.alg in algorithms]
    # All recipients have enc, zip and crit in common, so one stands for all; where none has an
    # accepted alg, the first is refused for its own.
    enc = opening.accept((accepted or document.recipients)[0].header, policy)
    found = []
    for recipient in accepted:
        try:
            found.append((recipient, policy.keys.find(recipient.header, enc)))
        except UnknownKey:
            continue
    if not found:
        raise UnknownKey("no recipient's kid and alg fit exactly one key", claim="kid")
    if sum(key.algorithm.mode is Mode.PASSWORD for _, key in found) > 1:
        raise MalformedToken("at most one recipient's password is derived", claim="p2c")
    return found
