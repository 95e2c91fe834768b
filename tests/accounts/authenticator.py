"""An authenticator and its browser in software: what Chromium's virtual one cannot be told to do.

It makes keys, signs, counts, and lies on demand: another origin, another party, another challenge,
a person it does not know, a count that goes back.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from watchword.base import base64url

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
AAGUID = bytes(range(16))


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def new_key(alg: int) -> Any:
    match alg:
        case -7:
            return ec.generate_private_key(ec.SECP256R1())
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, 2048)


def cose(key: Any, alg: int) -> bytes:
    public = key.public_key()
    match alg:
        case -7:
            point = public.public_numbers()
            return cbor2.dumps(
                {1: 2, 3: -7, -1: 1, -2: number(point.x, 32), -3: number(point.y, 32)}
            )
        case -8:
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()})
        case _:
            numbers = public.public_numbers()
            return cbor2.dumps({1: 3, 3: alg, -1: number(numbers.n, 256), -2: b"\x01\x00\x01"})


@dataclass
class Authenticator:
    """One device with one passkey at a time, and the page that it is used on."""

    origin: str = "http://localhost:8000"
    flags: int = PRESENT | VERIFIED
    count: int = 1
    alg: int = -7
    credential_id: bytes = b"\x07" * 32
    user_handle: bytes | None = None
    transports: tuple[str, ...] = ("internal", "hybrid")
    client_data: dict[str, Any] = field(default_factory=dict)  # lies of the browser
    party: str | None = None  # a lie of the device
    key: Any = None

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create()`."""
        self.key = new_key(self.alg)
        self.user_handle = base64url.decode(options["user"]["id"])
        attested = AAGUID + number(len(self.credential_id), 2) + self.credential_id
        data = self._data(options["rp"]["id"], self.flags | ATTESTED)
        data += attested + cose(self.key, self.alg)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
                "attestationObject": attestation,
            },
            transports=list(self.transports),
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get()`."""
        self.count += 1 if self.count else 0
        data = self._data(options["rpId"], self.flags)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signature = self._sign(data + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": data,
            "signature": signature,
        }
        if self.user_handle is not None:
            response["userHandle"] = self.user_handle
        return self._credential(response)

    def clone(self) -> "Authenticator":
        return replace(self)

    def _data(self, party: str, flags: int) -> bytes:
        named = self.party or party
        return hashlib.sha256(named.encode()).digest() + bytes([flags]) + number(self.count, 4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**members, "crossOrigin": False, **self.client_data}).encode()

    def _sign(self, data: bytes) -> bytes:
        match self.alg:
            case -7:
                signed = self.key.sign(data, ec.ECDSA(hashes.SHA256()))
            case -8:
                signed = self.key.sign(data)
            case _:
                signed = self.key.sign(data, PKCS1v15(), hashes.SHA256())
        return bytes(signed)

    def _credential(self, response: dict[str, bytes], **more: Any) -> dict[str, Any]:
        encoded = {name: base64url.encode(value) for name, value in response.items()}
        credential_id = base64url.encode(self.credential_id)
        return {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {**encoded, **more},
        }
