"""Names that a door imports when they are first used.

A door lists many names of many modules; importing it must cost next to nothing.

Source: PEP 562; ARCHITECTURE.md section 6 (import targets).
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["lazy_names"]


def lazy_names(
    door: str,
    names: "Sequence[str]",
    homes: "Mapping[str, Sequence[str]]",
    *,
    rest: str = "",
    modules: "Sequence[str]" = (),
) -> "tuple[Callable[[str], object], Callable[[], list[str]]]":
    """Return the `__getattr__` and the `__dir__` of a door.

    Args:
        door: the door's `__name__`.
        names: its `__all__`.
        homes: by module below `watchword`, the names that it has; "HmacKey as Secret" renames.
        rest: the module of every name without a home.
        modules: the names that are modules of the door's own.
    """
    places = {}
    for module, found in homes.items():
        for name in found:
            original, _, renamed = name.partition(" as ")
            places[renamed or original] = (module, original)

    def import_name(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {door!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - a door's own import stays free

        value: object
        if name in modules:
            value = import_module(f"{door}.{name}")
        else:
            module, original = places.get(name, (rest, name))
            value = getattr(import_module(f"watchword.{module}"), original)
        setattr(sys.modules[door], name, value)
        return value

    return import_name, lambda: [*names]
