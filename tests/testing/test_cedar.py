"""The oracle itself: it notices a difference, and an export that Cedar refuses."""

import pytest
from tests.access.example import notes

cedarpy = pytest.importorskip("cedarpy", reason="the extra cedar is not installed")
from watchword.testing import LawBroken  # noqa: E402 - after the skip
from watchword.testing.cedar import Oracle, cedar_laws  # noqa: E402 - it needs cedarpy


def exporting(policy, monkeypatch, change):
    """Let the policy export a text that says something else."""
    told = policy.export
    monkeypatch.setattr(type(policy), "export", lambda _self, form: change(told(form)))
    return policy


def test_a_text_that_says_something_else_is_noticed(monkeypatch):
    policy = exporting(
        notes().policy, monkeypatch, lambda text: text.replace("== true", "== false")
    )
    with pytest.raises(LawBroken, match="the check and Cedar differ\nsubject: "):
        cedar_laws(policy)


def test_a_text_that_the_validator_refuses_is_noticed(monkeypatch):
    policy = exporting(
        notes().policy, monkeypatch, lambda text: text.replace("resource has owner && ", "")
    )
    with pytest.raises(LawBroken, match="Cedar refuses the export:\n"):
        Oracle(policy)


def test_a_policy_that_cedar_skips_is_noticed(monkeypatch):
    """Section 1 (2): a forbid that errs is skipped there, and the answer may be Allow."""
    seen = Oracle(notes().policy)
    seen._policies = cedarpy.PolicySet.from_str(
        "permit(principal, action, resource); "
        "forbid(principal, action, resource) when { principal.nothing };"
    )
    people = notes()
    (about,) = people.policy.resources
    ctx = people.policy.context()
    with pytest.raises(LawBroken, match="Cedar skipped a policy"):
        seen.answers(people.bo, "read", about, [about.model(owner="bo")], ctx)
