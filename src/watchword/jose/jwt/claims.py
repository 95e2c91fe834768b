"""The claims set as a value: typed where a standard types a claim, a mapping for the rest.

Source: RFC 7519 section 4.1; RFC 9068 section 2.2 (scope, client_id).
"""

from abc import ABCMeta
from collections.abc import Iterator, Mapping
from math import inf
from typing import cast

import msgspec

TYPE_CHECKING = False

__all__ = ["Claims", "Members", "ReadClaims", "ShapedClaims"]

Members = Mapping[str, object]

_REGISTERED = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id"))


class Claims(Mapping[str, object]):
    """The claims of a verified token: typed where a standard types them, a mapping for the rest."""

    __slots__ = ()

    @property
    def iss(self) -> str | None:
        """Who issued the token."""
        return self._text("iss")

    @property
    def sub(self) -> str | None:
        """Whom the token is about."""
        return self._text("sub")

    @property
    def aud(self) -> tuple[str, ...]:
        """Whom the token is for, as a tuple whether it is one or several."""
        aud = self.get("aud", ())
        return (aud,) if isinstance(aud, str) else tuple(cast("list[str]", aud))

    @property
    def exp(self) -> float:
        """When the token ends, in seconds since the epoch; infinity under `allow_no_exp`."""
        return cast("float", self.get("exp", inf))

    @property
    def nbf(self) -> float | None:
        """When the token begins, in seconds since the epoch."""
        return cast("float | None", self.get("nbf"))

    @property
    def iat(self) -> float | None:
        """When the token was issued, in seconds since the epoch."""
        return cast("float | None", self.get("iat"))

    @property
    def jti(self) -> str | None:
        """The token's own name."""
        return self._text("jti")

    @property
    def scope(self) -> str | None:
        """What the token may ask for, separated by blanks."""
        return self._text("scope")

    @property
    def client_id(self) -> str | None:
        """The OAuth client that the token was issued to."""
        return self._text("client_id")

    @property
    def extra(self) -> dict[str, object]:
        """The claims that have no property here."""
        return {name: self[name] for name in self if name not in _REGISTERED}

    if TYPE_CHECKING:  # the two classes below do this; callers name Claims as a type

        def __getitem__(self, name: str) -> object: ...
        def __iter__(self) -> Iterator[str]: ...
        def __len__(self) -> int: ...

    def __repr__(self) -> str:
        return f"Claims({', '.join(self)})"

    def _text(self, name: str) -> str | None:
        return cast("str | None", self.get(name))


class ReadClaims(Claims):
    """Claims as they were read: a dictionary."""

    __slots__ = ("_members",)

    def __init__(self, members: Members) -> None:
        self._members = members

    def __getitem__(self, name: str) -> object:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


class _MappingStructMeta(msgspec.StructMeta, ABCMeta):
    """Lets a Struct be a Mapping."""


class ShapedClaims(
    msgspec.Struct, Claims, metaclass=_MappingStructMeta, frozen=True, eq=False, gc=False
):
    """Claims in a learned order: a Struct with one attribute a member (see `prove`).

    What a Struct cannot call as the token does has another attribute; `aud` is one of them, since
    the property of that name is always a tuple.
    """

    if TYPE_CHECKING:  # `exp` is in every shape, the others where the token has them
        aud_: str | list[str]
        exp: int
        iat: int
        nbf: int

    def __getitem__(self, name: str) -> object:
        try:
            at = self.__struct_encode_fields__.index(name)
        except ValueError:
            raise KeyError(name) from None
        return getattr(self, self.__struct_fields__[at])

    def __iter__(self) -> Iterator[str]:
        return iter(self.__struct_encode_fields__)

    def __len__(self) -> int:
        return len(self.__struct_fields__)

    def __reduce__(self) -> tuple[type[ReadClaims], tuple[dict[str, object]]]:
        """Let claims be pickled however they were read: a shape is known to its process only."""
        return ReadClaims, (dict(self),)

    __eq__ = Mapping.__eq__
    __hash__ = None  # type: ignore[assignment]  # as every mapping
    __repr__ = Claims.__repr__
