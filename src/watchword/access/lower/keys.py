"""Keys of rows: as a path carries them, as the application has them, and as a share row has them.

Source: access.md section 8 (G1): a key that no row can have is answered like an absent row.
"""

import re
from typing import Final
from uuid import UUID

from watchword.access.values import Kind, Scalar, scalar

__all__ = ["UUID_PARTS", "hyphenated", "row_key"]

UUID_PARTS: Final = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))  # where each begins; its length
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def row_key(key: object, wanted: Kind) -> Scalar | None:
    """Return a key that the driver can carry, None for one that no row can have."""
    if type(key) is str and wanted is int:
        key = int(key) if _INTEGER.fullmatch(key) else None
    elif type(key) is str and wanted is UUID:
        key = UUID(key) if _UUID.fullmatch(key) else None
    try:
        return scalar(key, wanted)
    except ValueError:
        return None


def hyphenated(digits: str) -> str:
    """Return the SQL for a UUID as text with hyphens, where SQLite has 32 hexadecimal digits.

    Args:
        digits: SQL that yields them; it stands in the text once for each of `UUID_PARTS`.
    """
    return " || '-' || ".join(f"substr({digits}, {at}, {n})" for at, n in UUID_PARTS)
