"""Records: frozen dataclasses whose methods are written when they are first used.

    from watchword.base.records import dataclass

The standard library writes six methods for each class as it is declared, and has Python compile
each of them, which takes 0.27 ms. A server declares several hundred records and uses a hundred of
them before its first answer, and hardly any of their `__eq__`, `__hash__` and `__repr__` ever.

To whoever reads or checks types it is the standard library's decorator; `fields`, `replace`,
`match` and pickling work as with it. It writes the methods here too, only later.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["dataclass"]

# What each method takes to be written, beside the fields.
_WRITTEN_BY = {
    "__init__": {"repr": False, "eq": False, "frozen": True, "slots": True},
    "__repr__": {"init": False, "eq": False},
    "__eq__": {"init": False, "repr": False},
    "__hash__": {"init": False, "repr": False, "frozen": True},
}
_DEFERRABLE = frozenset({"frozen", "slots", "repr", "eq", "kw_only"})
# With one of these of its own a class gets other methods beside it, or is refused (TypeError).
_NOT_DEFERRED = frozenset({"__eq__", "__hash__", "__setattr__", "__delattr__"})


def _dataclass(cls: type[Any] | None = None, /, **options: bool) -> Any:
    """Declare a dataclass; a frozen one with slots gets its methods at their first use."""
    if cls is None:
        return partial(_dataclass, **options)
    is_record = options.get("frozen") and options.get("slots") and options.keys() <= _DEFERRABLE
    is_derived = hasattr(cls, "__dataclass_fields__")
    if not is_record or is_derived or not _NOT_DEFERRED.isdisjoint(vars(cls)):
        decorate: Callable[[type[Any]], type[Any]] = dataclasses.dataclass(**options)
        return decorate(cls)
    return _record(cls, **options)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


class _Later(NamedTuple):
    """A method of a record that is not written yet."""

    record: type[Any]
    name: str

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        # Threads that come at once write the same method twice, and either one may stay.
        method = _written(*self)
        setattr(self.record, self.name, method)
        return method if instance is None else method.__get__(instance, owner)


def _record(
    cls: type[Any],
    *,
    repr: bool = True,  # noqa: A002  # as the standard library's
    eq: bool = True,
    kw_only: bool = False,
    **_: bool,
) -> type[Any]:
    """Lay out a frozen dataclass with slots, and leave out its methods."""
    lay_out = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=True)
    made: Any = lay_out(cls)
    parameters = made.__dataclass_params__
    parameters.init, parameters.repr, parameters.eq, parameters.frozen = True, repr, eq, True
    wanted = {"__init__": True, "__repr__": repr, "__eq__": eq, "__hash__": eq}
    methods: dict[str, Any] = {name: _Later(made, name) for name in wanted if wanted[name]}
    for name, method in {**methods, **_FROZEN}.items():
        if name not in vars(cls):
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]  # the class that came in, laid out


def _written(record: type[Any], name: str) -> Any:
    """Have the standard library write one method, for a class of the same fields."""
    # Not dataclasses.fields(): it leaves out what `__init__` takes for `__post_init__` (InitVar).
    fields = record.__dataclass_fields__.values()
    namespace: dict[str, Any] = {
        "__doc__": record.__doc__,
        "__module__": record.__module__,
        "__qualname__": record.__qualname__,
        "__annotations__": {field.name: field.type for field in fields},
        **{field.name: field for field in fields},
    }
    if name == "__init__" and hasattr(record, "__post_init__"):
        namespace["__post_init__"] = record.__post_init__
    decorate: Callable[[type[Any]], type[Any]] = dataclasses.dataclass(**_WRITTEN_BY[name])
    return getattr(decorate(type(record.__name__, (), namespace)), name)


def _refuse_change(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


# The same for all records, where the standard library compiles two of them for each class. They
# refuse every name, also in a subclass that is no dataclass.
_FROZEN = {
    "__setattr__": _refuse_change,
    "__delattr__": _refuse_deletion,
    "__getstate__": _state,
    "__setstate__": _restore,
}
