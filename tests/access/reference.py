"""An evaluator of its own, for comparison: it shares no code with the package.

A specification is nested tuples. `build` writes it as a rule would, with symbols; `evaluate`
computes it from plain dictionaries, as access.md S2 says in words.
"""

from collections.abc import Mapping

Spec = tuple


def build(spec: Spec, me, row):  # noqa: PLR0911 - one case a form
    """Write a specification with the operators of a rule."""
    match spec:
        case ("and", left, right):
            return build(left, me, row) & build(right, me, row)
        case ("or", left, right):
            return build(left, me, row) | build(right, me, row)
        case ("not", inner):
            negated = build(inner, me, row)
            return (not negated) if isinstance(negated, bool) else ~negated
        case ("fact", holds):
            return holds == "yes"
        case ("absent", path):
            return symbol(("path", path), me, row) == None  # noqa: E711 - a condition
        case ("shared", path, relation):
            return symbol(("path", path), me, row).shared(relation, me)
        case (op, left, right):
            return WRITTEN[op](symbol(left, me, row), symbol(right, me, row))


WRITTEN = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "in": lambda left, right: left.in_(right),
    "not in": lambda left, right: ~left.in_(right),
    "has": lambda left, right: left.has(right),
    "meets": lambda left, right: left.meets(right),
}


def symbol(operand, me, row):
    match operand:
        case ("me", name):
            return getattr(me, name)
        case ("row", name):
            return getattr(row, name)
        case ("value", value):
            return value
        case ("path", names):
            for name in names:
                row = getattr(row, name)
            return row


def evaluate(spec: Spec, me: Mapping, row: Mapping) -> bool:  # noqa: PLR0911 - one case a form
    """Compute a specification: two-valued, and total."""
    match spec:
        case ("and", left, right):
            return evaluate(left, me, row) and evaluate(right, me, row)
        case ("or", left, right):
            return evaluate(left, me, row) or evaluate(right, me, row)
        case ("not", inner):
            return not evaluate(inner, me, row)
        case ("fact", holds):
            return holds == "yes"
        case ("absent", path):
            return value(("path", path), me, row) is None
        case ("shared", path, relation):
            return any(is_shared(each, relation, me) for each in ends(path, row))
        case (op, left, right):
            return MEANT[op](value(left, me, row), value(right, me, row))


def same(left, right) -> bool:
    """Absent equals absent only; text is compared by code points."""
    if left is None or right is None:
        return left is None and right is None
    return key(left) == key(right)


MEANT = {
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": lambda left, right: both(left, right) and key(left) < key(right),
    "<=": lambda left, right: both(left, right) and not key(right) < key(left),
    ">": lambda left, right: both(left, right) and key(right) < key(left),
    ">=": lambda left, right: both(left, right) and not key(left) < key(right),
    "in": lambda left, right: any(same(left, each) for each in right),
    "not in": lambda left, right: not any(same(left, each) for each in right),
    "has": lambda left, right: any(same(each, right) for each in left),
    "meets": lambda left, right: any(same(one, two) for one in left for two in right),
}


def both(left, right):
    return left is not None and right is not None


def key(scalar):
    return [ord(character) for character in scalar] if isinstance(scalar, str) else [scalar]


def value(operand, me, row):
    match operand:
        case ("me", name):
            return me[name]
        case ("row", name):
            return row[name]
        case ("value", constant):
            return constant
        case ("path", names):
            found = ends(names, row)
            return found if any(name in COLLECTIONS for name in names) else found[0]


def ends(names, row) -> list:
    """The values at the end of a path: one, or as many as its collections hold."""
    if not names:
        return [row]
    first, *rest = names
    if row is None:
        # No rows behind a row that is not there, and no value either.
        return [] if any(name in COLLECTIONS for name in names) else [None]
    found = row[first]
    if isinstance(found, list):
        return [end for each in found for end in ends(rest, each)]
    return ends(rest, found)


COLLECTIONS = {"readers", "tags"}
KINDS = {"colour": "tag", "parent_id": "folder", "folder_id": "note"}


def is_shared(row, relation, me) -> bool:
    """A row is shared by a live share that names it, and the subject or one of its roles."""
    if row is None:
        return False
    (kind,) = [KINDS[name] for name in ("colour", "parent_id", "folder_id") if name in row]
    return any(
        share["resource_type"] == kind
        and share["resource_id"] == str(row["id"])
        and share["relation"] == relation
        and (share["subject_id"] == me["id"] or share["role"] in me["held"])
        and (me["tenant"] is None or share["tenant"] == me["tenant"])
        and (
            share["expires_at"] is None
            or (me["now"] is not None and share["expires_at"] > me["now"])
        )
        for share in me["shares"]
    )
