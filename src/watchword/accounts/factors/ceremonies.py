"""The two ceremonies of a passkey: what a browser is asked, and what its answer proves.

The `webauthn` library builds the options and verifies the signatures; it is imported when the
first ceremony begins, because it brings a CBOR reader and X.509. An answer is read strictly before
the library sees it. Nothing of it is believed until `check_registration` or `check_assertion`
returns.

Source: Web Authentication Level 3 sections 5.4, 5.5, 7.1 and 7.2; users.md U27.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, TypeVar

from watchword.accounts.errors import PasskeyRefused
from watchword.base import base64url, strict_json
from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "ANSWER_BYTES_MAX",
    "CREDENTIAL_ID_BYTES_MAX",
    "TIMEOUT_SECONDS",
    "Asserted",
    "PasskeyAnswer",
    "Registered",
    "RelyingParty",
    "Verification",
    "authentication_options",
    "check_assertion",
    "check_registration",
    "read_answer",
    "read_answer_text",
    "registration_options",
]

ANSWER_BYTES_MAX = 8 * 1024  # an RS256 key with its attestation takes a quarter of it
CLIENT_DATA_BYTES_MAX = 4 * 1024
CREDENTIAL_ID_BYTES_MAX = 1023  # WebAuthn section 4, "Credential ID"
TIMEOUT_SECONDS = 300  # how long a browser waits for its person (WebAuthn section 15.1)
TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "internal", "hybrid"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is made for. From configuration, never from a request."""

    id: str  # a domain: passkeys work on it and below it
    name: str
    origins: tuple[str, ...]  # the pages that may ask for a passkey


class Verification(Enum):
    """Whether the authenticator has to know its person (by a finger, a face or a PIN)."""

    REQUIRED = "required"
    PREFERRED = "preferred"


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """What a browser brought back. Only its form is known."""

    credential_id: bytes
    challenge: Secret  # base64url, as the options said it
    user_handle: bytes | None
    document: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration proved: a key pair that this browser's authenticator holds."""

    credential_id: bytes
    public_key: bytes  # COSE
    sign_count: int
    aaguid: str
    transports: tuple[str, ...]
    is_backed_up: bool


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an assertion proved: the authenticator was used, by its person where `is_verified`."""

    sign_count: int
    is_verified: bool
    is_synced: bool  # the key may live in several devices
    is_backed_up: bool


def registration_options(
    party: RelyingParty,
    *,
    user_id: str,
    user_name: str,
    challenge: Secret,
    existing: Sequence[tuple[bytes, tuple[str, ...]]],
) -> dict[str, Any]:
    """Return the options of `navigator.credentials.create()`, in their JSON form.

    The passkey is discoverable and knows its person, so that it can sign in alone.

    Args:
        party: whom it is for.
        user_id: becomes the user handle; it says nothing about the person.
        user_name: what the authenticator shows.
        challenge: 32 bytes as base64url.
        existing: ids and transports of the account's passkeys; an authenticator that holds one of
            them makes no second.
    """
    import webauthn  # noqa: PLC0415  # imported at first use: it brings CBOR and X.509
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415  # as above

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_id.encode("ascii"),
        user_name=user_name,
        challenge=base64url.decode(challenge.reveal()),
        timeout=TIMEOUT_SECONDS * 1000,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(existing),
        supported_pub_key_algs=_algorithms(),
    )
    return options_to_json_dict(options)


def authentication_options(
    party: RelyingParty,
    *,
    challenge: Secret,
    verification: Verification,
    allowed: Sequence[tuple[bytes, tuple[str, ...]]] = (),
) -> dict[str, Any]:
    """Return the options of `navigator.credentials.get()`, in their JSON form.

    Args:
        party: whom the passkey was made for.
        challenge: 32 bytes as base64url.
        verification: whether the authenticator must know its person.
        allowed: ids and transports of the passkeys that will do; none leaves the choice to the
            browser, which offers all it has for this party.
    """
    import webauthn  # noqa: PLC0415  # as above
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415  # as above

    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=base64url.decode(challenge.reveal()),
        timeout=TIMEOUT_SECONDS * 1000,
        allow_credentials=_descriptors(allowed),
        user_verification=structs.UserVerificationRequirement(verification.value),
    )
    return options_to_json_dict(options)


def read_answer_text(text: str) -> PasskeyAnswer:
    """Read an answer that came as JSON text.

    Raises:
        PasskeyRefused: it has not the form of one.
    """
    data = text.encode("utf-8", "surrogatepass")
    try:
        return read_answer(strict_json.loads(data, bytes_max=ANSWER_BYTES_MAX))
    except strict_json.MalformedJSON as error:
        raise PasskeyRefused(f"the answer is not strict JSON: {error}") from None


def read_answer(document: object) -> PasskeyAnswer:
    """Read an answer: the JSON form of a PublicKeyCredential.

    Raises:
        PasskeyRefused: it has not the form of one, or comes from a page inside a foreign page.
    """
    try:
        members = _object(document)
        response = _object(members.get("response"))
        client_data = _object(
            strict_json.loads(
                base64url.decode(_text(response.get("clientDataJSON"))),
                bytes_max=CLIENT_DATA_BYTES_MAX,
            )
        )
        challenge = _text(client_data.get("challenge"))
        base64url.decode(challenge)
        credential_id = base64url.decode(_text(members.get("id")))
        handle = response.get("userHandle")
        user_handle = None if handle is None else base64url.decode(_text(handle))
    except ValueError as error:  # every reader's own class is one
        raise PasskeyRefused(f"the answer has not the form of one: {error}") from None
    if client_data.get("crossOrigin", False) is not False:
        raise PasskeyRefused("the ceremony took place inside a page of another origin")
    if not 0 < len(credential_id) <= CREDENTIAL_ID_BYTES_MAX:
        raise PasskeyRefused("the credential id is empty or too long")
    return PasskeyAnswer(credential_id, Secret(challenge), user_handle, members)


def check_registration(answer: PasskeyAnswer, party: RelyingParty) -> Registered:
    """Verify the answer to `registration_options`; the caller has spent its challenge.

    Raises:
        PasskeyRefused: wrong origin, party, type, algorithm or key, or an unverified person.

    Source: Web Authentication Level 3 section 7.1.
    """
    import webauthn  # noqa: PLC0415  # as above

    verified = _judged(
        lambda: webauthn.verify_registration_response(
            credential=dict(answer.document),
            expected_challenge=base64url.decode(answer.challenge.reveal()),
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
            supported_pub_key_algs=_algorithms(),
        )
    )
    if verified.credential_id != answer.credential_id:
        raise PasskeyRefused("the attested credential is another one than the answer's")
    named = _object(answer.document["response"]).get("transports")
    listed = named if isinstance(named, list) else []
    return Registered(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        aaguid=verified.aaguid,
        transports=tuple(sorted(TRANSPORTS.intersection(t for t in listed if isinstance(t, str)))),
        is_backed_up=verified.credential_backed_up,
    )


def check_assertion(
    answer: PasskeyAnswer, party: RelyingParty, *, public_key: bytes, verification: Verification
) -> Asserted:
    """Verify the answer to `authentication_options`; the caller has spent its challenge.

    The sign count is returned and not judged: what is stored is compared where it is replaced.

    Raises:
        PasskeyRefused: wrong origin, party, type or signature, or an unverified person.

    Source: Web Authentication Level 3 section 7.2.
    """
    import webauthn  # noqa: PLC0415  # as above
    from webauthn.helpers.structs import CredentialDeviceType  # noqa: PLC0415  # as above

    verified = _judged(
        lambda: webauthn.verify_authentication_response(
            credential=dict(answer.document),
            expected_challenge=base64url.decode(answer.challenge.reveal()),
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=verification is Verification.REQUIRED,
        )
    )
    return Asserted(
        sign_count=verified.new_sign_count,
        is_verified=verified.user_verified,
        is_synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        is_backed_up=verified.credential_backed_up,
    )


def _judged(verify: Callable[[], T]) -> T:
    """Run a verification of the library and turn whatever it raises into a refusal."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # as above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415  # as above

    try:
        return verify()
    # Malformed CBOR, keys and flags reach the library's own code, which does not promise what it
    # raises for them: these are what its readers and cryptography's key constructors can.
    except (
        WebAuthnException,
        UnsupportedAlgorithm,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise PasskeyRefused(f"{type(error).__name__}: {error}") from None


def _algorithms() -> list[Any]:  # Any: an enumeration of a module that is imported late
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415  # as above

    return [
        COSEAlgorithmIdentifier.ECDSA_SHA_256,
        COSEAlgorithmIdentifier.EDDSA,
        COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,  # what Windows Hello has
    ]


def _descriptors(credentials: Sequence[tuple[bytes, tuple[str, ...]]]) -> list[Any]:
    from webauthn.helpers import structs  # noqa: PLC0415  # as above

    return [
        structs.PublicKeyCredentialDescriptor(
            id=credential_id,
            transports=[structs.AuthenticatorTransport(name) for name in transports],
        )
        for credential_id, transports in credentials
    ]


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a member that has to be an object is none")  # the peer's fault
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a member that has to be a text is none")  # as above
    return value
