"""A credential that the tests of this directory issue, show and take apart."""

import json
from collections.abc import Mapping

from tests.jose.keys import AUDIENCE, ISSUER, NOW, FixedClock, key, public, signer, verifier

from watchword import jwt, sdjwt
from watchword.base import base64url
from watchword.jose.sdjwt.disclosure import digest

TYP = "example+sd-jwt"
RECEIVER = "https://shop.example"
NONCE = "n-0S6_WzA2Mj"
CLAIMS = {
    "sub": "alice",
    "email": "alice@example.org",
    "address": {"street": "Main St 1", "city": "Anytown"},
    "nationalities": ["DE", "FR", "US"],
}
HIDE = ("email", "address", "address.street", "nationalities.*")


def holder() -> jwt.Key:
    return key("ES256")


def issuer(**changes: object) -> jwt.Signer:
    return signer("Ed25519", **({"typ": TYP} | changes))


def token_verifier(**changes: object) -> jwt.Verifier:
    return verifier("Ed25519", **({"typ": TYP} | changes))


def issue(claims: Mapping[str, object] = CLAIMS, **changes: object) -> str:
    options = {"hide": HIDE, "holder": public("ES256")}
    return sdjwt.issue(issuer(), claims, **(options | changes))


def present(text: str, show: object = ("email",), **changes: object) -> str:
    options = {
        "holder": holder(),
        "audience": RECEIVER,
        "nonce": NONCE,
        "clock": FixedClock(),
    }
    return sdjwt.present(text, show=show, **(options | changes))


def bound_verifier(*, seconds: int = 0, **changes: object) -> sdjwt.Verifier:
    """Return a verifier that requires key binding, so many seconds later."""
    policy = {"audience": RECEIVER, "max_age": 60} | changes
    clock = FixedClock(NOW + seconds)
    return sdjwt.Verifier(token_verifier(clock=clock), key_binding=sdjwt.required(**policy))


def free_verifier(**changes: object) -> sdjwt.Verifier:
    return sdjwt.Verifier(token_verifier(**changes), key_binding=sdjwt.not_required)


def disclosure(*parts: object) -> str:
    return base64url.encode(json.dumps(parts).encode())


def signed(payload: Mapping[str, object], *disclosures: str, key_binding: str = "") -> str:
    """Sign a payload as an issuer would that does not know what it does."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 900, "iat": NOW} | dict(payload)
    header = {"alg": "Ed25519", "typ": TYP}
    header_b64u, payload_b64u = (
        base64url.encode(json.dumps(part).encode()) for part in (header, claims)
    )
    signature = key("Ed25519").stamper(header_b64u.encode())(payload_b64u.encode()).decode()
    return "~".join((f"{header_b64u}.{payload_b64u}.{signature}", *disclosures, key_binding))


def digests(*texts: str) -> list[str]:
    return [digest(text, "sha-256") for text in texts]


def bind(
    shown: str,
    *,
    header: Mapping[str, object] | None = None,
    holder_key: jwt.Key | None = None,
    **claims: object,
) -> str:
    """Return a presentation with a key binding of the given claims; `...` leaves one out."""
    by = holder_key or holder()
    good = {
        "iat": NOW,
        "aud": RECEIVER,
        "nonce": NONCE,
        "sd_hash": digest(shown, "sha-256"),
    } | claims
    claims = {name: value for name, value in good.items() if value is not ...}
    members = {"alg": by.alg, "typ": "kb+jwt"} | dict(header or {})
    members = {name: value for name, value in members.items() if value is not ...}
    header_b64u, payload_b64u = (
        base64url.encode(json.dumps(part).encode()) for part in (members, claims)
    )
    signature = by.stamper(header_b64u.encode())(payload_b64u.encode()).decode()
    return f"{shown}{header_b64u}.{payload_b64u}.{signature}"
