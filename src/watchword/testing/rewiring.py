"""Putting other plans into a sealed policy for the time of a test.

A sealed policy is immutable to everybody else (P6), so this reaches behind its door, and puts
everything back.

Source: access.md section 9 (T5, T7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from watchword.access.explain import Explainer
from watchword.access.plan import Plan
from watchword.access.policy import Policy

__all__ = ["Rewire", "rewired"]

Rewire: TypeAlias = Callable[[Plan, Explainer], tuple[Plan, Explainer]]


@contextmanager
def rewired(policy: Policy, change: Rewire) -> Iterator[None]:
    """Let a policy decide by changed plans and explainers, in this process."""
    policy.seal()
    book = policy._book  # noqa: SLF001 - a sealed policy has no door for this
    plans, explainers = book.plans, book._explainers  # noqa: SLF001 - as above
    kept, told = dict(plans), dict(explainers)
    for key, plan in kept.items():
        plans[key], explainers[key] = change(plan, told[key])
    try:
        yield
    finally:
        plans.update(kept)
        explainers.update(told)
