"""Sample values: the ones on which databases and Python have been seen to differ.

Texts differ in case, normalization, trailing blank and quoting only, and look like patterns and
numbers; numbers stand at the edges of column types. Rows and subjects draw from the same values,
so that they meet.

Source: access.md T1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from random import Random  # noqa: TID251 - seeded samples, not secrets
from types import MappingProxyType
from uuid import UUID

from watchword.access.plan import Plan
from watchword.access.policy import Policy
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.access.tree import Const, Shared, atoms
from watchword.access.values import Declared, Kind, Scalar
from watchword.base.records import dataclass

__all__ = ["Samples"]

TEXTS = (
    *("bo", "Bo", "bo ", "cy", "user", "o'brien", 'say "x"', "100%", "a_b", "axb", "a\\b", "1", ""),
    *(
        "null",
        "e\u0301",
        "\u00e9",
        "\ufb01",
        "fi",
        "\uffff",
        "\U0001f600",
        "stra\u00dfe",
        "STRASSE",
    ),
)
INTEGERS = (0, 1, -1, 2, 10, 2**15 - 1, -(2**15), 2**31 - 1, -(2**31), 2**63 - 1, -(2**63))
SAMPLES: Mapping[Kind, tuple[Scalar, ...]] = MappingProxyType(
    {
        str: TEXTS,
        int: INTEGERS,
        bool: (False, True),
        date: (date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)),
        datetime: (datetime(2024, 2, 29), datetime(2024, 2, 29, 0, 0, 0, 1)),  # noqa: DTZ001 - naive is the kind
        UUID: (UUID(int=0), UUID(int=1), UUID(int=2**128 - 1)),
    }
)


@dataclass(frozen=True, slots=True)
class Samples:
    """Draws subjects, contexts and rows for a policy.

    Attributes:
        policy: whose declarations the values fit, and whose constants they include.
        random: the seeded source.
        asked: the share rows that rules ask for.
        levels: the login classes that rules name, and others.
    """

    policy: Policy
    random: Random
    pools: Mapping[Kind, tuple[Scalar, ...]] = field(init=False)
    asked: frozenset[Shared] = field(init=False)
    levels: tuple[str | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        written = set(_constants(self.policy.plans.values()))
        names = {*self.policy.words.shape.roles}
        pools = {
            kind: tuple(dict.fromkeys((*samples, *sorted(v for v in written if type(v) is kind))))
            for kind, samples in SAMPLES.items()
        }
        pools[str] = tuple(dict.fromkeys((*pools[str], *sorted(names))))
        object.__setattr__(self, "pools", pools)
        rights = (atom.right for plan in self.policy.plans.values() for atom in atoms(plan.tree))
        asked = frozenset(each for each in rights if isinstance(each, Shared))
        object.__setattr__(self, "asked", asked)
        named = {acr for rule in self.policy.rules for acr in rule.heading.acr or ()}
        object.__setattr__(self, "levels", (None, "another", *sorted(named)))

    def subject(self, shares: Iterable[Share] = ()) -> Subject:
        """Draw a subject; of the shares it keeps those that name it or its roles."""
        chance, words = self.random, self.policy.words
        return self.policy.subject(
            chance.choice([text for text in self.pools[str] if text]),  # type: ignore[arg-type]  # of texts
            roles=self.some(sorted(words.shape.roles) or ["user"]),
            scopes=None if chance.random() < 0.6 else self.some([*sorted(words.scopes), "openid"]),
            suspended=chance.random() < 0.15,
            tenant=self.tenant(),
            act=None if chance.random() < 0.7 else "bo",
            acr=chance.choice(self.levels),
            shares=shares,
            attributes=self._attributes(words.shape.attributes),
        )

    def tenant(self) -> Scalar | None:
        """Draw a tenant; there are few, so that subjects and rows meet."""
        pool = self.pools[self.policy.words.shape.tenant]
        return self.random.choice((None, *pool[:2]))

    def shares(self, keys: Mapping[str, Sequence[object]], count: int) -> list[Share]:
        """Draw share rows for the relations that the rules ask for.

        Args:
            keys: the primary keys of each resource.
            count: how many for each relation.
        """
        return [
            self._share(asked, keys[asked.resource])
            for asked in sorted(self.asked, key=str)
            if asked.resource in keys
            for _ in range(count)
        ]

    def context(self) -> Context:
        """Draw the circumstances of a request."""
        return self.policy.context(**self._attributes(self.policy.words.context))

    def cell(self, kind: Kind | None, *, integers: int) -> Scalar | None:
        """Draw a column's value; None for a column that no rule can read.

        Args:
            kind: of the column.
            integers: those of the column lie from its negative to below it.
        """
        if kind is None or self.random.random() < 0.2:
            return None
        pool = self.pools[kind]
        if kind is int:
            pool = tuple(v for v in pool if isinstance(v, int) and abs(v + 0.5) < integers)
        return self.random.choice(pool)

    def key(self, number: int, kind: Kind | None) -> object:
        """Return a primary key, another one for each number.

        Raises:
            ValueError: of a kind that the laws have no keys of.
        """
        if kind is int:
            return number
        if kind is str:
            texts = self.pools[str]
            return texts[number] if number < len(texts) else f"key {number}"
        if kind is UUID:
            return UUID(int=number)
        raise ValueError("laws need a primary key of int, str or UUID")

    def some(self, words: Iterable[str]) -> list[str]:
        """Draw a subset."""
        return [word for word in words if self.random.random() < 0.4]

    def _share(self, asked: Shared, keys: Sequence[object]) -> Share:
        chance = self.random
        roles = sorted(self.policy.words.shape.roles)
        by_role = bool(roles) and chance.random() < 0.3
        tenant = self.tenant()
        return Share(
            resource_type=asked.resource,
            resource_id=str(chance.choice(keys)),
            relation=asked.relation if chance.random() < 0.7 else "another",
            subject_id=None if by_role else chance.choice([t for t in self.pools[str] if t]),  # type: ignore[arg-type]  # of texts
            role=chance.choice(roles) if by_role else None,
            expires_at=None if chance.random() < 0.4 else chance.choice(INTEGERS),
            tenant=None if tenant is None else str(tenant),
        )

    def _attributes(self, declared: Mapping[str, Declared]) -> dict[str, object]:
        return {name: self._attribute(what) for name, what in declared.items()}

    def _attribute(self, what: Declared) -> object:
        pool = self.pools[what.kind]
        if what.many:
            return frozenset(v for v in pool if self.random.random() < 0.15)
        return None if self.random.random() < 0.2 else self.random.choice(pool)


def _constants(plans: Iterable[Plan]) -> Iterable[Scalar]:
    for plan in plans:
        for atom in atoms(plan.tree):
            for operand in (atom.left, atom.right):
                if isinstance(operand, Const):
                    value = operand.value
                    many = value if isinstance(value, frozenset) else (value,)
                    yield from (item for item in many if item is not None)
