"""Keys of rows, as a path carries them or as the application has them.

Source: access.md section 8 (G1): a key that no row can have is answered like an absent row.
"""

import re
from typing import Final
from uuid import UUID

from watchword.access.values import Kind, Scalar, scalar

__all__ = ["row_key"]

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
