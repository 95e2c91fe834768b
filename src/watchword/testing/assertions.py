"""Assertions whose failure is the whole explanation.

pytest cuts the repr of an `Answer` at 240 characters; these do not.

Source: access.md section 9 (T3).
"""

from watchword.access.policy import Policy
from watchword.access.subject import Context, Subject

__all__ = ["assert_allows", "assert_denies"]


def assert_allows(
    policy: Policy,
    me: Subject,
    action: str,
    obj: object,
    ctx: Context | None = None,
    *,
    rule: str | None = None,
) -> None:
    """Fail unless the action is allowed, and by this rule if one is named.

    Raises:
        AssertionError: every rule that was considered, and why.
    """
    __tracebackhide__ = True
    decision = policy.decide(me, action, obj, ctx)
    if not decision.allowed:
        raise AssertionError(policy.explain(me, action, obj, ctx))
    _by(rule, decision.rule, policy.explain(me, action, obj, ctx))


def assert_denies(
    policy: Policy,
    me: Subject,
    action: str,
    obj: object,
    ctx: Context | None = None,
    *,
    rule: str | None = None,
) -> None:
    """Fail unless the action is refused, and by this deny rule if one is named.

    Raises:
        AssertionError: every rule that was considered, and why.
    """
    __tracebackhide__ = True
    decision = policy.decide(me, action, obj, ctx)
    if decision.allowed:
        raise AssertionError(policy.explain(me, action, obj, ctx))
    _by(rule, decision.rule, policy.explain(me, action, obj, ctx))


def _by(expected: str | None, rule: str | None, explained: str) -> None:
    __tracebackhide__ = True
    if expected is not None and expected != rule:
        raise AssertionError(f"expected the rule {expected}, not {rule or 'none'}\n{explained}")
