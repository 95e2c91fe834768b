"""The place in a list at which a page ends and the next begins, as an address carries it.

Administrators may see what is on either side of it, so it needs no seal; whatever is no such place
means the beginning.
"""

import re

__all__ = ["seam", "seam_in"]

_SEAM = re.compile(r"([0-9]{1,15})-([A-Za-z0-9_-]{1,64})")


def seam(at: int, row_id: str) -> str:
    """Return the place after a row.

    Args:
        at: the time by which the list is ordered.
        row_id: which row of that second it is.
    """
    return f"{at}-{row_id}"


def seam_in(text: str) -> tuple[int, str] | None:
    """Return the row after which a page begins; None, the first page, for what is no place."""
    found = _SEAM.fullmatch(text)
    return None if found is None else (int(found[1]), found[2])
