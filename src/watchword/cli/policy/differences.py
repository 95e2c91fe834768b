"""What changed between two versions of a policy, in words.

Source: access.md section 9 (T4).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from watchword.access.export import matrix
from watchword.access.export.matrix import Flip
from watchword.access.export.sentence import sentence
from watchword.access.policy import Policy
from watchword.access.rules import Rule
from watchword.base.records import dataclass

__all__ = ["Differences", "differences"]


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed.

    Attributes:
        versions: before and after.
        words: one sentence for each declaration that changed.
        rules: one sentence for each rule that came, went or says something else.
        flips: cells of the matrix that are answered differently.
    """

    versions: tuple[str, str]
    words: tuple[str, ...]
    rules: tuple[str, ...]
    flips: tuple[Flip, ...]

    @property
    def is_any(self) -> bool:
        """True when the policies say different things."""
        return self.versions[0] != self.versions[1]

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        if not self.is_any:
            yield f"nothing changed: both are version {self.versions[0]}"
            return
        yield from self.words
        yield from self.rules
        yield f"flipped cells of the matrix: {len(self.flips)}"
        yield from (f"  {flip.told}" for flip in self.flips)

    def as_json(self) -> dict[str, object]:
        """Return the report for programs."""
        flips = [
            {
                "before": None if flip.before is None else asdict(flip.before),
                "after": None if flip.after is None else asdict(flip.after),
            }
            for flip in self.flips
        ]
        before, after = self.versions
        told = {"words": self.words, "rules": self.rules, "flips": flips}
        return {"before": before, "after": after, **told}


def differences(before: Policy, after: Policy) -> Differences:
    """Compare two policies."""
    return Differences(
        (before.version, after.version),
        tuple(_words(before, after)),
        tuple(_rules(before.rules, after.rules)),
        matrix.flips(before.matrix(), after.matrix()),
    )


def _words(before: Policy, after: Policy) -> Iterator[str]:
    old, new = before.words, after.words
    yield from _named("action", dict.fromkeys(old.actions, ""), dict.fromkeys(new.actions, ""))
    yield from _named("role", _sets(old.shape.roles), _sets(new.shape.roles))
    yield from _named("scope", _sets(old.scopes), _sets(new.scopes))


def _sets(named: Mapping[str, frozenset[str]]) -> dict[str, str]:
    return {name: ", ".join(sorted(held - {name})) for name, held in named.items()}


def _named(kind: str, old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"{kind} {name} went"
        elif name not in old:
            yield f"{kind} {name} came" + (f": {new[name]}" if new[name] else "")
        elif old[name] != new[name]:
            yield f"{kind} {name} was {old[name] or 'nothing'}, is {new[name] or 'nothing'}"


def _rules(before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[str]:
    old, new = ({rule.id: rule for rule in rules} for rules in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"rule {name} went: {_said(old[name])}"
        elif name not in old:
            yield f"rule {name} came: {_said(new[name])}"
        elif old[name].canonical() != new[name].canonical():
            yield f"rule {name} was {_said(old[name])}; is {_said(new[name])}"


def _said(rule: Rule) -> str:
    heading = rule.heading
    fields = "" if heading.fields is None else f" of {', '.join(sorted(heading.fields))}"
    actions = ", ".join(sorted(heading.actions))
    return f'{heading.effect} {actions}{fields} if {sentence(rule.tree)} ("{rule.text}")'
