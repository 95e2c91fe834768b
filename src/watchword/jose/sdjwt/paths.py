"""Paths: how people name the claims that are hidden and shown.

"address.street" is the member `street` of `address`; "nationalities.0" is the first element of a
list, and "nationalities.*" each of them. A name that holds a dot is written as a tuple.

Source: our own choice; RFC 9901 leaves it to the application.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from watchword.jose.errors import PolicyRefused
from watchword.jose.sdjwt.process import Path

__all__ = ["ANY_STEP", "Named", "fits", "parse_paths", "select"]

Named = str | Sequence[str | int]
"""A path as people write it."""

ANY_STEP = "*"


def parse_paths(paths: Iterable[Named], argument: str) -> list[tuple[str, ...]]:
    """Return paths as steps.

    Args:
        paths: text with dots, or tuples of names and positions.
        argument: the name of the argument that they come from.

    Raises:
        PolicyRefused: one text instead of several, or an empty step.
    """
    if isinstance(paths, str):
        raise PolicyRefused(f'{argument}= is a list of paths, such as ["{paths}"]')
    parsed = []
    for path in paths:
        steps = path.split(".") if isinstance(path, str) else [str(step) for step in path]
        if not steps or not all(steps):
            raise PolicyRefused(f"{argument}= holds an empty path or an empty step")
        parsed.append(tuple(steps))
    return parsed


def fits(steps: tuple[str, ...], path: Path) -> bool:
    """Return whether a path, which may hold `*`, names the claim that stands at another."""
    return len(steps) == len(path) and all(
        step in (ANY_STEP, str(at)) for step, at in zip(steps, path, strict=True)
    )


def select(claims: Mapping[str, object], steps: tuple[str, ...]) -> Iterator[Path]:
    """Yield where the claims that a path names stand; nothing where there are none."""
    return _select(claims, steps, ())


def _select(value: object, steps: tuple[str, ...], path: Path) -> Iterator[Path]:
    if not steps:
        yield path
        return
    inner: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    for at, found in inner:
        if steps[0] in (ANY_STEP, str(at)):
            yield from _select(found, steps[1:], (*path, at))
