"""Put disclosed claims in the places that their digests keep.

Whatever could be read in two ways is refused: a disclosure that nothing refers to, or that two
places refer to, a name that is taken, a reserved name outside of its one use.

Source: RFC 9901 section 7.1 steps 3 to 5; tokens.md J-46.
"""

from collections.abc import Iterable, Mapping

from watchword.base.limits import JSON_DEPTH_MAX
from watchword.base.records import dataclass
from watchword.jose.errors import DisclosureInvalid
from watchword.jose.sdjwt.disclosure import (
    DIGESTS,
    ELEMENT,
    HASH_NAME,
    Disclosure,
    digest,
    hash_named_by,
    parse,
)

__all__ = ["Path", "Place", "Processed", "process"]

Path = tuple[str | int, ...]
"""Where a claim stands: names of members and positions of elements, from the outermost."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a disclosure belongs, and which disclosures it takes to show it."""

    path: Path
    needs: tuple[str, ...]
    """From the outermost to the disclosure itself."""

    def __repr__(self) -> str:
        return f"Place(needs={len(self.needs)})"


@dataclass(frozen=True, slots=True)
class Processed:
    """A payload with its disclosed claims in place, and without digests."""

    members: dict[str, object]
    places: tuple[Place, ...]
    hash_name: str

    def __repr__(self) -> str:
        return f"Processed(disclosed={len(self.places)})"


def process(members: Mapping[str, object], disclosures: Iterable[str]) -> Processed:
    """Return what a payload says together with its disclosures.

    Args:
        members: the payload of the issuer-signed JWT.
        disclosures: as they were sent, at most `DISCLOSURES_MAX`.

    Raises:
        DisclosureInvalid: as RFC 9901 section 7.1 says, or nested deeper than any JSON may be.
    """
    hash_name = hash_named_by(members)
    by_digest: dict[str, Disclosure] = {}
    for text in disclosures:
        found = digest(text, hash_name)
        if found in by_digest:
            raise DisclosureInvalid("a disclosure is sent twice")
        by_digest[found] = parse(text)
    walk = _Walk(by_digest)
    told = {name: value for name, value in members.items() if name != HASH_NAME}
    processed = walk.members(told, _Position((), (), 1))
    if len(walk.places) != len(by_digest):
        raise DisclosureInvalid("a disclosure belongs to no digest of the token")
    return Processed(processed, tuple(walk.places), hash_name)


@dataclass(frozen=True, slots=True)
class _Position:
    """Where the walk stands, under which disclosures, and how deep."""

    path: Path
    needs: tuple[str, ...]
    depth: int

    def at(self, step: str | int) -> "_Position":
        return _Position((*self.path, step), self.needs, self.depth + 1)

    def under(self, step: str | int, disclosure: Disclosure) -> "_Position":
        return _Position((*self.path, step), (*self.needs, disclosure.text), self.depth + 1)


class _Walk:
    """One pass over a payload, which meets every digest once."""

    def __init__(self, by_digest: Mapping[str, Disclosure]) -> None:
        self._by_digest = by_digest
        self._met: set[str] = set()
        self.places: list[Place] = []

    def members(self, value: Mapping[str, object], position: _Position) -> dict[str, object]:
        if ELEMENT in value or HASH_NAME in value:
            raise DisclosureInvalid("a reserved name stands where it has no meaning")
        told = {
            name: self._value(inner, position.at(name))
            for name, inner in value.items()
            if name != DIGESTS
        }
        for each in _digests(value):
            disclosure = self._meet(each)
            if disclosure is None:
                continue
            name = disclosure.name
            if name is None:
                raise DisclosureInvalid("an element is disclosed where a member belongs")
            if name in told:
                raise DisclosureInvalid("a disclosure has the name of another member")
            told[name] = self._disclosed(disclosure, name, position)
        return told

    def _elements(self, value: list[object], position: _Position) -> list[object]:
        told: list[object] = []
        for element in value:
            if not isinstance(element, dict) or ELEMENT not in element:
                told.append(self._value(element, position.at(len(told))))
                continue
            each = element[ELEMENT]
            if len(element) != 1 or not isinstance(each, str):
                raise DisclosureInvalid("an element's digest is text, and stands alone")
            disclosure = self._meet(each)
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise DisclosureInvalid("a member is disclosed where an element belongs")
            told.append(self._disclosed(disclosure, len(told), position))
        return told

    def _value(self, value: object, position: _Position) -> object:
        if not isinstance(value, dict | list):
            return value
        if position.depth > JSON_DEPTH_MAX:
            raise DisclosureInvalid(f"the disclosed claims are nested deeper than {JSON_DEPTH_MAX}")
        if isinstance(value, dict):
            return self.members(value, position)
        return self._elements(value, position)

    def _disclosed(self, disclosure: Disclosure, step: str | int, position: _Position) -> object:
        inner = position.under(step, disclosure)
        self.places.append(Place(inner.path, inner.needs))
        return self._value(disclosure.value, inner)

    def _meet(self, each: str) -> Disclosure | None:
        """Return the disclosure of a digest; None for one that is kept back, and for a decoy."""
        if each in self._met:
            raise DisclosureInvalid("a digest stands in two places")
        self._met.add(each)
        return self._by_digest.get(each)


def _digests(value: Mapping[str, object]) -> list[str]:
    found = value.get(DIGESTS, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise DisclosureInvalid("digests are a list of text", claim=DIGESTS)
    return found
