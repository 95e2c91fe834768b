"""The door to signatures over any payload: `from watchword import jws`.

    text     = jws.sign(b"any bytes", key)
    verifier = jws.Verifier(key.public())
    verifier.verify(text).data

For tokens with claims there is `watchword.jwt`. Names are imported when first used.
"""

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
    "Document": ("json", "Document"),
    "Header": ("header", "Header"),
    "Payload": ("compact", "Payload"),
    "Signatory": ("json", "Signatory"),
    "Signature": ("json", "Signature"),
    "Verifier": ("verifier", "Verifier"),
    "sign": ("compact", "sign"),
    "sign_detached": ("detached", "sign"),
    "sign_json": ("json", "sign"),
    "sign_json_detached": ("json", "sign_detached"),
}


def __getattr__(name: str) -> object:
    """Import a name of `__all__` from its module, once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the door's own import stays free

    module, attribute = _HOMES[name]
    value = getattr(import_module(f"watchword.jose.jws.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return __all__
