"""Conditions in words, as they stand in matrices, comparisons and documents.

Source: access.md section 9 (T4).
"""

from typing import assert_never

from watchword.access.explain import shown, sign_of
from watchword.access.tree import Atom, Const, Every, Fact, Opaque, Operand, Some, Tree

__all__ = ["sentence"]


def sentence(tree: Tree) -> str:
    """Return a condition in one line, `resource.owner == subject.id`."""
    match tree:
        case Fact(holds):
            return "always" if holds else "never"
        case Atom(_, left, right):
            return f"{_operand(left)} {sign_of(tree)} {_operand(right)}"
        case Every(parts):
            return " and ".join(_grouped(part) for part in parts)
        case Some(parts):
            return " or ".join(_grouped(part) for part in parts)
        case Opaque(rule, positive=positive):
            return f"{rule}() says {'yes' if positive else 'no'}"
        case _:
            assert_never(tree)


def _grouped(tree: Tree) -> str:
    return f"({sentence(tree)})" if isinstance(tree, Every | Some) else sentence(tree)


def _operand(operand: Operand) -> str:
    return shown(operand.value) if isinstance(operand, Const) else str(operand)
