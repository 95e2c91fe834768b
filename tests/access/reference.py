"""An evaluator of its own, for comparison: it shares no code with the package.

A specification is nested tuples. `build` writes it as a rule would, with symbols; `evaluate`
computes it from plain dictionaries, as access.md S2 says in words.
"""

from collections.abc import Mapping

Spec = tuple


def build(spec: Spec, me, row):
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


def evaluate(spec: Spec, me: Mapping, row: Mapping) -> bool:
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
