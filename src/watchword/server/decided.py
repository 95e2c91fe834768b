"""The application's rules and facts, where it handed them to the server.

Source: users.md U45; access.md section 11.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a server without a decision point never loads it
    from watchword.access.authzen.point import DecisionPoint
    from watchword.access.authzen.world import World

__all__ = ["Decided"]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision point with what opens the stored facts, in a worker thread."""

    point: "DecisionPoint"
    open_world: "Callable[[], AbstractContextManager[World]]"
