"""Rules built from the rows of access.md L2 and the mapping hazards of L3, L4, L8 and L9: each has
made a list differ from a check somewhere.

Every condition here is pinned as SQL for both databases and put under the laws on both.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from tests.access.example import Thing

from watchword.access import Policy

DECLARED = {
    "roles": {"admin": ["user"], "user": []},
    "subject": {"team": str, "groups": frozenset[str], "levels": frozenset[int], "rank": int},
    "context": {"now": int, "today": date},
}

RULES: Mapping[str, Callable[..., object]] = {
    "equal to a value": lambda _me, t: t.name == "o'brien",
    "not equal to a value": lambda _me, t: t.name != "100%",
    "equal to None": lambda _me, t: t.name == None,  # noqa: E711 - a condition
    "not equal to None": lambda _me, t: t.name != None,  # noqa: E711 - a condition
    "equal to an attribute that may be None": lambda me, t: t.name == me.team,
    "not equal to an attribute that may be None": lambda me, t: t.name != me.team,
    "equal columns": lambda _me, t: t.name == t.other,
    "different columns": lambda _me, t: t.name != t.other,
    "below": lambda _me, t: t.level < 2,
    "not below": lambda _me, t: ~(t.level < 2),
    "at most": lambda me, t: t.level <= me.rank,
    "not at most": lambda me, t: ~(t.level <= me.rank),
    "above, constant first": lambda _me, t: 2 < t.level,  # noqa: SIM300 - the hazard
    "not above, constant first": lambda _me, t: ~(2 < t.level),  # noqa: SIM300 - the hazard
    "at least, attribute first": lambda me, t: me.rank <= t.small,
    "columns in order": lambda _me, t: t.level >= t.small,
    "columns not in order": lambda _me, t: ~(t.level >= t.small),
    "text in order": lambda _me, t: t.name > "Bo",
    "text not in order": lambda _me, t: ~(t.name > "Bo"),
    "text columns in order": lambda _me, t: t.name < t.other,
    "among values": lambda _me, t: t.name.in_({"bo", "a_b", "é"}),
    "not among values": lambda _me, t: ~t.name.in_({"bo", "a_b", "é"}),
    "among values and None": lambda _me, t: t.level.in_({1, 2, None}),
    "not among values and None": lambda _me, t: ~t.level.in_({1, 2, None}),
    "among None only": lambda _me, t: t.level.in_({None}),
    "not among None only": lambda _me, t: ~t.level.in_({None}),
    "among nothing": lambda _me, t: t.level.in_(()),
    "not among nothing": lambda _me, t: ~t.level.in_(()),
    "among my roles": lambda me, t: me.roles.has(t.name),
    "not among my groups": lambda me, t: ~me.groups.has(t.name),
    "among my levels": lambda me, t: t.small.in_(me.levels),
    "role known in advance": lambda me, t: me.roles.has("admin") | (t.open == True),  # noqa: E712 - a condition
    "meeting sets": lambda me, t: me.groups.meets(me.roles) & (t.open == False),  # noqa: E712 - a condition
    "not meeting sets": lambda me, t: ~me.groups.meets({"bo", "cy"}) & (t.open != True),  # noqa: E712 - a condition
    "negated and": lambda me, t: ~((t.name == me.id) & (t.level > 1)),
    "negated or": lambda me, t: ~((t.name == me.id) | (t.level > 1) | (t.other != "x")),
    "twice negated": lambda me, t: ~~(t.name == me.id),
    "nested": lambda me, t: (
        ((t.name == me.id) | (t.level == 1)) & ((t.small < 3) | (t.other == "1"))
    ),
    "context": lambda _me, t, ctx: (t.level <= ctx.now) & ~(t.day == ctx.today),
    "days": lambda _me, t: (t.day >= date(2024, 2, 29)) | (t.day == date(1, 1, 1)),
    "moments": lambda _me, t: t.at > datetime(2024, 2, 29),  # noqa: DTZ001 - naive is the kind
    "keys": lambda _me, t: (t.key == UUID(int=1)) | (t.key > UUID(int=2)),
    "widest integer": lambda _me, t: (t.small < 2**63 - 1) & (t.level != -(2**63)),
    "columns of different width": lambda _me, t: (t.small == t.wide) | ~(t.wide < t.level),
}


def hostile(name: str, on: type[object] = Thing) -> Policy:
    """A policy that allows reading by the rule, and updating except by it."""
    policy = Policy(**DECLARED)

    @policy.allow("read", on=on, when=RULES[name])
    def rule(_me):
        """The rule under test."""
        return True

    @policy.deny("update", on=on, when=RULES[name])
    def not_by_rule(_me):
        """The rule under test, forbidding."""
        return True

    @policy.allow("update", on=on)
    def anyone(_me):
        """Anyone."""
        return True

    return policy
