"""What a decision point elsewhere is told of a subject, an action, a row and the circumstances.

A question carries ids, and beside them only the properties that the application names: what a row
holds is nobody's concern who does not decide by it.

Source: AuthZEN Authorization API 1.0 sections 5 and 6.1.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from watchword.access import Context, PolicyError, Subject
from watchword.access.lower import lowering
from watchword.access.values import Value, nearest
from watchword.access.words import Words

__all__ = ["Questions"]

_OF_SUBJECTS: Final = ("roles", "suspended", "tenant", "act", "acr")


class Questions:
    """Writes the members of questions.

    Args:
        types: resource type -> the mapped class that it names.
        tells: which properties are told; see `AuthZENEngine`.
        subject_type: what subjects are called.
        words: the declared attributes.

    Raises:
        PolicyError: no type, a class without a key of one column, or a property that there is not.
    """

    def __init__(
        self,
        types: Mapping[str, type[object]],
        *,
        tells: Mapping[str, Collection[str]],
        subject_type: str,
        words: Words,
    ) -> None:
        if not types:
            raise PolicyError("types: no resource type is named, as in {'note': Note}")
        self._subject_type = subject_type
        self._any_type = next(iter(types))
        self._tells = {name: sorted(told) for name, told in tells.items()}
        self._named = {model: (name, lowering(model).key(model)) for name, model in types.items()}
        self._check(words)

    def named(self, model: type[object]) -> tuple[str, str]:
        """Return the resource type of a class, and the name of its key.

        Raises:
            PolicyError: it is none of the types.
        """
        if model not in self._named:
            raise PolicyError(f"{model.__name__} is none of the resource types of this engine")
        return self._named[model]

    def about(self, me: Subject, action: str, ctx: Context | None) -> dict[str, object]:
        """Return the members beside the resource."""
        known = {**me.attributes, **{name: getattr(me, name) for name in _OF_SUBJECTS}}
        around = {} if ctx is None else ctx.attributes
        subject = {"type": self._subject_type, "id": me.id}
        question: dict[str, object] = {
            "subject": subject | self._properties("subject", known),
            "action": {"name": action} | self._properties("action", around),
        }
        told = self._told("context", around)
        return question | ({"context": told} if told else {})

    def resource(self, obj: object) -> dict[str, object]:
        """Return the member for a row.

        Raises:
            PolicyError: it is of no type, or has no key yet.
        """
        type_, key_name = self.named(type(obj))
        key = getattr(obj, key_name)
        if key is None:
            raise PolicyError(f"a {type_} without a key cannot be named in a question")
        values = {name: getattr(obj, name) for name in self._tells.get(type_, ())}
        return {"type": type_, "id": str(key)} | self._properties(type_, values)

    def absent(self, model: type[object] | None, id_: str) -> dict[str, object]:
        """Return the member for a row that there is not.

        Args:
            model: what it would be a row of; None where the caller does not know.
            id_: of no row.

        Raises:
            PolicyError: the class is none of the types.
        """
        type_ = self._any_type if model is None else self.named(model)[0]
        return {"type": type_, "id": id_}

    def _properties(self, about: str, values: Mapping[str, Any]) -> dict[str, object]:
        told = self._told(about, values)
        return {"properties": told} if told else {}

    def _told(self, about: str, values: Mapping[str, Any]) -> dict[str, object]:
        names = self._tells.get(about, ())
        return {name: _written(values[name]) for name in names if values.get(name) is not None}

    def _check(self, words: Words) -> None:
        known: dict[str, Collection[str]] = {
            "subject": {*_OF_SUBJECTS, *words.shape.attributes},
            "action": words.context,
            "context": words.context,
        }
        for model, (name, _) in self._named.items():
            known[name] = lowering(model).columns(model)
        for name, told in self._tells.items():
            if name not in known:
                raise PolicyError(f"tells: there is no {name!r}{nearest(name, known)}")
            for word in told:
                if word not in known[name]:
                    raise PolicyError(f"tells: {name} has no {word!r}{nearest(word, known[name])}")


def _written(value: Value) -> object:
    """Return a value as JSON has it: dates and UUIDs as text, a collection in a fixed order."""
    if isinstance(value, frozenset):
        return sorted((_written(item) for item in value), key=str)
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
