"""A role that is almost one that there is: taken for a slip, unless it is said to be meant.

A slip is a letter that is missing, doubled, wrong or swapped with the next: one, or two in longer
names. Two names may be as alike and both be meant, which `--new` says.

Source: users.md section 9; decisions/0124.
"""

import sys
from collections.abc import Iterable

import click

from watchword.accounts.acting import OUT_OF_REACH
from watchword.cli.exits import Refused
from watchword.stores import Store

__all__ = ["alike", "doubt_new", "new_option"]

ONE_SLIP_CHARACTERS_MIN = 4  # qa and pa are two words
TWO_SLIPS_CHARACTERS_MIN = 8  # editor and auditor are two words
SLIPS_MAX = 2

new_option = click.option(
    "--new", "is_new", is_flag=True, help="Nobody knows the role so far, however alike it is."
)


async def doubt_new(roles: Iterable[str], store: Store, *, is_new: bool) -> None:
    """Say which roles were not known so far; the server's own need no first holder.

    Args:
        roles: to be given.
        store: knows which are written down.
        is_new: whether whoever gives them says that they are meant.

    Raises:
        Refused: one that is known has almost the same name.
    """
    known = {one.name for one in await store.list_role_records()}.union(OUT_OF_REACH)
    unknown = [role for role in dict.fromkeys(roles) if role not in known]
    for role in unknown:
        meant = None if is_new else alike(role, known)
        if meant is not None:
            raise Refused(
                f"There is no role {role}. Is {meant} meant?",
                fix="If it is not, add --new. The roles that there are: watchword role list",
            )
    for role in unknown:
        print(f"There was no role {role} before.", file=sys.stderr)


def alike(role: str, known: Iterable[str]) -> str | None:
    """Return the role of which another word is a slip, the nearest of several; None for none."""
    close = [one for one in known if abs(len(role) - len(one)) <= SLIPS_MAX]
    counted = [(_slips(role, one), one) for one in close]
    near = [(slips, one) for slips, one in counted if slips <= _slips_max(role, one)]
    return min(near)[1] if near else None


def _slips_max(role: str, one: str) -> int:
    shorter, longer = sorted((len(role), len(one)))
    if shorter >= TWO_SLIPS_CHARACTERS_MIN and role[0] == one[0]:  # not operator and moderator
        return SLIPS_MAX
    return 1 if longer >= ONE_SLIP_CHARACTERS_MIN else 0


def _slips(role: str, one: str) -> int:
    """Count the slips from one word to the other: the distance of Damerau and Levenshtein.

    In its restricted form: no letter slips twice.
    """
    rows = [list(range(len(one) + 1))]
    for i, letter in enumerate(role, 1):
        row, above = [i], rows[-1]
        for j, its in enumerate(one, 1):
            fewest = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != its))
            if i > 1 and j > 1 and role[i - 2 : i] == its + one[j - 2]:
                fewest = min(fewest, rows[-2][j - 2] + 1)
            row.append(fewest)
        rows.append(row)
    return rows[-1][-1]
