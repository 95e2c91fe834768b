"""Fuzz targets of JWS in JSON and detached form, SD-JWT, DPoP proofs and status lists."""

import zlib

from tests.fuzz.target import Target
from tests.jose import forge
from tests.jose.dpop import requests as proofs
from tests.jose.keys import key, public
from tests.jose.sdjwt import credentials
from tests.jose.statuslist import lists

from watchword import jws, jwt
from watchword.base import base64url
from watchword.jose.statuslist.packing import LIST_BYTES_MAX, inflated

__all__ = ["TARGETS"]

PAYLOAD = b"to whom it may concern"
KEYS = jwt.KeySet([public("ES256"), public("Ed25519")])
SIGNED = jws.Verifier(KEYS)


def jws_json(data: bytes) -> None:
    """A document: nothing that the fuzzer makes signs another payload."""
    assert SIGNED.verify_json(data).data == PAYLOAD


def jws_json_one(data: bytes) -> None:
    """A document of which one signature is enough."""
    assert SIGNED.verify_json(data, need=1).data == PAYLOAD


def jws_detached(data: bytes) -> None:
    """A text beside its payload, split at the first line feed."""
    text, _, payload = data.partition(b"\n")
    assert SIGNED.verify_detached(text, payload).data == PAYLOAD


def sd_jwt(data: bytes) -> None:
    """A presentation without key binding: what is shown was issued."""
    shown = dict(FREE.verify(data).claims)
    assert shown["sub"] == "alice"
    assert shown.get("email", "alice@example.org") == "alice@example.org"


def sd_jwt_bound(data: bytes) -> None:
    """A presentation with key binding."""
    assert BOUND.verify(data, nonce=credentials.NONCE).claims["sub"] == "alice"


def sd_jwt_disclosures(data: bytes) -> None:
    """Any disclosures behind a good token."""
    issued = ISSUED.split("~", 1)[0].encode()
    FREE.verify(issued + b"~" + data + b"~")


def dpop_raw(data: bytes) -> None:
    """A proof as text."""
    assert proofs.verify(data).thumbprint == public("ES256").thumbprint()


def dpop_signed(data: bytes) -> None:
    """Any header and claims, split at the first NUL, under a good signature."""
    header, _, payload = data.partition(b"\0")
    text = forge.sign_parts(forge.encode(header), forge.encode(payload), "ES256")
    assert proofs.verify(text).thumbprint == public("ES256").thumbprint()


def status_list(data: bytes) -> None:
    """Any claims under a good signature, of which `status_list` may hold anything."""
    text = forge.sign_parts(forge.encode(LIST_HEADER), forge.encode(data), "ES256")
    statuses = lists.list_verifier().verify(text, uri=lists.URI)
    assert 0 <= statuses[len(statuses) - 1] < 1 << statuses.bits


def status_lst(data: bytes) -> None:
    """Any compressed list: what is inflated is bounded."""
    assert 0 < len(inflated(base64url.encode(data))) <= LIST_BYTES_MAX


PAIRS = [key("ES256"), key("Ed25519")]
DOCUMENTS = tuple(jws.sign_json(PAYLOAD, signers).encode() for signers in (PAIRS, PAIRS[:1]))
DETACHED = tuple(
    jws.sign_detached(PAYLOAD, key("ES256"), b64=b64).encode() + b"\n" + PAYLOAD
    for b64 in (True, False)
)
ISSUED = credentials.issue()
FREE, BOUND = credentials.free_verifier(), credentials.bound_verifier()
PRESENTED = credentials.present(ISSUED).encode()
DISCLOSURES = tuple(ISSUED.split("~", 1)[1].strip("~").encode().split(b"~"))
LIST_HEADER = forge.dump(forge.header("ES256", typ=lists.TYP))
REFUSALS = (jwt.TokenError,)

TARGETS = {
    "jws_json": Target(jws_json, REFUSALS, DOCUMENTS),
    "jws_json_one": Target(jws_json_one, REFUSALS, DOCUMENTS),
    "jws_detached": Target(jws_detached, REFUSALS, DETACHED),
    "sd_jwt": Target(sd_jwt, REFUSALS, (ISSUED.encode(), PRESENTED)),
    "sd_jwt_bound": Target(sd_jwt_bound, REFUSALS, (ISSUED.encode(), PRESENTED)),
    "sd_jwt_disclosures": Target(
        sd_jwt_disclosures, REFUSALS, (*DISCLOSURES, b"~".join(DISCLOSURES))
    ),
    "dpop_raw": Target(
        dpop_raw,
        REFUSALS,
        (proofs.forged().encode(), proofs.prover().proof(proofs.METHOD, proofs.URL).encode()),
    ),
    "dpop_signed": Target(
        dpop_signed,
        REFUSALS,
        (f"{forge.dump(proofs.header())}\0{forge.dump(proofs.claims())}".encode(),),
    ),
    "status_list": Target(status_list, REFUSALS, (base64url.decode(lists.forged().split(".")[1]),)),
    "status_lst": Target(
        status_lst, (ValueError,), (base64url.decode("eNrbuRgAAhcBXQ"), zlib.compress(b"x" * 99))
    ),
}
