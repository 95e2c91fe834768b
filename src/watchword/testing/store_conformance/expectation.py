"""The one way in which a check fails."""

from typing import TypeVar

__all__ = ["ConformanceFailure", "expect", "kind"]

Value = TypeVar("Value")


class ConformanceFailure(AssertionError):
    """A store broke a promise."""


def expect(actual: object, wanted: object, promise: str) -> None:
    """Compare what a store answered with what it promised.

    Raises:
        ConformanceFailure: they differ.
    """
    if actual != wanted:
        raise ConformanceFailure(f"{promise}: expected {wanted!r}, got {actual!r}")


def kind(actual: object, wanted: type[Value], promise: str) -> Value:
    """Return the answer if it is of the promised type.

    Raises:
        ConformanceFailure: it is of another.
    """
    if not isinstance(actual, wanted):
        raise ConformanceFailure(f"{promise}: expected {wanted.__name__}, got {actual!r}")
    return actual
