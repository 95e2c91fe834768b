"""A parser as the fuzzer sees it."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser, what it may raise, and inputs that lead into it.

    `run` takes any bytes. An exception that is not among `refusals` is a finding; so is an
    acceptance that breaks one of the assertions of `run`.
    """

    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
