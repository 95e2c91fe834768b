"""What may be written into a token: JSON that its reader takes, and takes for what was given.

An encoder is more liberal than that: it writes the number 1 as the name "1", and bytes as text.

Source: RFC 8259 section 4; tokens.md J-28.
"""

import math
from collections.abc import Mapping

from watchword.base.limits import JSON_DEPTH_MAX
from watchword.jose.errors import PolicyRefused

__all__ = ["check_members", "check_name", "check_value"]


def check_members(members: Mapping[str, object]) -> None:
    """Check the names and values of a header's members.

    Raises:
        PolicyRefused: one is no JSON; it is named.
    """
    for name, value in members.items():
        check_name(name)
        check_value(name, value)


def check_name(name: object) -> None:
    """Check the name of a member."""
    if not isinstance(name, str):
        raise PolicyRefused("the name of a claim or header member is text")


def check_value(name: str, value: object, depth: int = JSON_DEPTH_MAX - 1) -> None:
    """Check the value of the member of this name.

    Args:
        name: of the claim or header member, whatever the value stands in.
        value: anything.
        depth: how many brackets may stand open in it at once.
    """
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise PolicyRefused("a number in a token is finite", claim=name)
        return
    if depth == 0:
        raise PolicyRefused(f"a token is nested no deeper than {JSON_DEPTH_MAX}", claim=name)
    if isinstance(value, list | tuple):
        for item in value:
            check_value(name, item, depth - 1)
    elif isinstance(value, dict):
        if not all(isinstance(inner, str) for inner in value):
            raise PolicyRefused("the names in an object are text", claim=name)
        for item in value.values():
            check_value(name, item, depth - 1)
    else:
        raise PolicyRefused("a value is text, a number, a list or a dict of such", claim=name)
