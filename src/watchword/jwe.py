"""The door to encryption: `from watchword import jwe`.

    key       = jwe.Key.generate("ECDH-ES+A256KW", crv="X25519")
    text      = jwe.encrypt(b"...", key.public(), enc="A256GCM")
    decrypter = jwe.Decrypter(key, enc=["A256GCM"])
    decrypter.decrypt(text).data

Names are imported when first used, so that importing the door costs next to nothing.
"""

from watchword.base.lazy import lazy_names

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
    "jose.algorithms.table": (
        *("CONTENT_ENCRYPTION", "KEY_MANAGEMENT"),
        *("ContentEncryption", "KeyManagement"),
    ),
    "jose.jwe.compact": ("encrypt",),
    "jose.jwe.decrypter": ("Decrypter",),
    "jose.jwe.header": ("Header",),
    "jose.jwe.json": ("encrypt as encrypt_json",),
    "jose.jwe.key": ("Key",),
    "jose.jwe.opening": ("Decrypted",),
    "jose.jwe.password": ("Password",),
    "jose.jwe.recipient": ("RecipientKey",),
    "jose.jwe.secret": ("Secret",),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
