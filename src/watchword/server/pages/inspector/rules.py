"""What the inspector's script must know of the server's rules, as data in the page.

The script decides by the same checks, limits and algorithms as `jose` does. They are read from
there, so that page and server cannot drift apart; `tests/pages/inspector/test_inspector_parity.py`
compares the verdicts.

Source: users.md U44; tokens.md section 4.
"""

from collections.abc import Iterator
from functools import cache

from watchword.base import base64url, limits
from watchword.jose.algorithms.table import (
    ALGORITHMS,
    CONTENT_ENCRYPTION,
    KEY_MANAGEMENT,
    Algorithm,
    ContentEncryption,
    KeyManagement,
)
from watchword.jose.errors import TokenError
from watchword.jose.header_members import REGISTERED
from watchword.jose.jwt.expected import AHEAD_SECONDS
from watchword.jose.jwt.explain import UNCHECKED, asked_by, scheme
from watchword.jose.small_order import ED25519_ENCODINGS
from watchword.server.pages.inspector.glosses import ENCRYPTED_HEADER, HEADER, PAYLOAD, UNKNOWN

__all__ = ["inspector_rules"]


@cache
def inspector_rules() -> dict[str, object]:
    """Return the rules as members of a JSON object."""
    return {
        "checks": [
            {
                "name": each.name,
                "asks": each.asks,
                "is_asked": each.is_asked,
                "codes": sorted({one.code for one in _tree(each.error)}),
            }
            for each in asked_by(UNCHECKED)
        ],
        "sentences": {one.code: one.public for one in _tree(TokenError)},
        "limits": {name: getattr(limits, name) for name in limits.__all__}
        | {"AHEAD_SECONDS": AHEAD_SECONDS},
        "algorithms": {name: _row(row) for name, row in ALGORITHMS.items()},
        "encryption": {
            "alg": {name: _key_row(row) for name, row in KEY_MANAGEMENT.items()},
            "enc": {name: _content_row(row) for name, row in CONTENT_ENCRYPTION.items()},
        },
        "registered": sorted(REGISTERED),
        "small_order": sorted(base64url.encode(point) for point in ED25519_ENCODINGS),
        "glosses": {
            "header": dict(HEADER),
            "encrypted_header": dict(ENCRYPTED_HEADER),
            "payload": dict(PAYLOAD),
            "unknown": UNKNOWN,
        },
    }


def _tree(kind: type[TokenError]) -> Iterator[type[TokenError]]:
    """Yield an error class and those below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from _tree(below)


def _row(row: Algorithm) -> dict[str, object]:
    return {
        "name": row.name,
        "family": row.family.name,
        "key_type": row.key_type,
        "hash": row.hash_name.upper().replace("SHA", "SHA-"),
        "curves": list(row.curves),
        "key_bytes_min": row.key_bytes_min,
        "signature_bytes": row.signature_bytes,
        "scheme": scheme(row),
        "standard": row.standard,
        "is_symmetric": row.is_symmetric,
    }


def _key_row(row: KeyManagement) -> dict[str, object]:
    """Return how the content encryption key, which the table calls CEK, comes about."""
    words = row.mode.value.replace("the CEK", "the key of the content").replace("CEK", "key")
    return {"scheme": words, "standard": row.standard}


def _content_row(row: ContentEncryption) -> dict[str, object]:
    cipher = "AES in GCM" if not row.hash_name else f"AES in CBC with HMAC-{row.hash_name.upper()}"
    return {
        "scheme": f"{cipher}, a key of {row.cek_bytes * 8} bits",
        "standard": row.standard,
        "iv_bytes": row.iv_bytes,
        "tag_bytes": row.tag_bytes,
    }
