"""The door to encryption: `from watchword import jwe`.

    key       = jwe.Key.generate("ECDH-ES+A256KW", crv="X25519")
    text      = jwe.encrypt(b"...", key.public(), enc="A256GCM")
    decrypter = jwe.Decrypter(key, enc=["A256GCM"])
    decrypter.decrypt(text).data

Names are imported when first used, so that importing the door costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.algorithms.table import (
        CONTENT_ENCRYPTION,
        KEY_MANAGEMENT,
        ContentEncryption,
        KeyManagement,
    )
    from watchword.jose.jwe.compact import encrypt
    from watchword.jose.jwe.decrypter import Decrypter
    from watchword.jose.jwe.header import Header
    from watchword.jose.jwe.json import encrypt as encrypt_json
    from watchword.jose.jwe.key import Key
    from watchword.jose.jwe.opening import Decrypted
    from watchword.jose.jwe.password import Password
    from watchword.jose.jwe.recipient import RecipientKey
    from watchword.jose.jwe.secret import Secret

__all__ = [
    "CONTENT_ENCRYPTION",
    "KEY_MANAGEMENT",
    "ContentEncryption",
    "Decrypted",
    "Decrypter",
    "Header",
    "Key",
    "KeyManagement",
    "Password",
    "RecipientKey",
    "Secret",
    "encrypt",
    "encrypt_json",
]

_HOMES = {
    "algorithms.table": (
        *("CONTENT_ENCRYPTION", "KEY_MANAGEMENT"),
        *("ContentEncryption", "KeyManagement"),
    ),
    "jwe.compact": ("encrypt",),
    "jwe.decrypter": ("Decrypter",),
    "jwe.header": ("Header",),
    "jwe.json": ("encrypt_json",),
    "jwe.key": ("Key",),
    "jwe.opening": ("Decrypted",),
    "jwe.password": ("Password",),
    "jwe.recipient": ("RecipientKey",),
    "jwe.secret": ("Secret",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
_RENAMED = {"encrypt_json": "encrypt"}


def __getattr__(name: str) -> object:
    """Import a name of `__all__` from its module, once."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the door's own import stays free

    module = import_module(f"watchword.jose.{_MODULES[name]}")
    value = getattr(module, _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return __all__
