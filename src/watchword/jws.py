"""The door to signatures over any payload: `from watchword import jws`.

    text     = jws.sign(b"any bytes", key)
    verifier = jws.Verifier(key.public())
    verifier.verify(text).data

For tokens with claims there is `watchword.jwt`. Names are imported when first used.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.jws.compact import Payload, sign
    from watchword.jose.jws.detached import sign as sign_detached
    from watchword.jose.jws.header import Header
    from watchword.jose.jws.json import Document, Signatory, Signature
    from watchword.jose.jws.json import sign as sign_json
    from watchword.jose.jws.json import sign_detached as sign_json_detached
    from watchword.jose.jws.verifier import Verifier

__all__ = [
    "Document",
    "Header",
    "Payload",
    "Signatory",
    "Signature",
    "Verifier",
    "sign",
    "sign_detached",
    "sign_json",
    "sign_json_detached",
]

_HOMES = {
    "jose.jws.compact": ("Payload", "sign"),
    "jose.jws.detached": ("sign as sign_detached",),
    "jose.jws.header": ("Header",),
    "jose.jws.json": (
        *("Document", "Signatory", "Signature"),
        *("sign as sign_json", "sign_detached as sign_json_detached"),
    ),
    "jose.jws.verifier": ("Verifier",),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
