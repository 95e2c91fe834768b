"""The rule book: collects a policy's rules, then seals them into plans.

Source: access.md section 4 (P6), section 5 (S8).
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from watchword.access.errors import PolicyError
from watchword.access.explain import Explainer, explainer
from watchword.access.plan import Plan, plan
from watchword.access.rules import (
    ANY_KIND,
    Heading,
    Resource,
    Rule,
    RuleFunction,
    read_rule,
    tenant_rule,
)
from watchword.access.subject import Context, Subject
from watchword.access.tree import Shared, atoms
from watchword.access.words import Words, known, undeclared

__all__ = ["Book"]

_UNSEALED: Final = ""


class Book:
    """Declared words and rules; after `seal`, immutable plans that threads share without a lock.

    Args:
        words: what the policy declares.
        secret: attributes whose values no explanation shows.
    """

    def __init__(self, words: Words, secret: Iterable[str]) -> None:
        self.words = words
        self.plans: dict[tuple[type[object], str], Plan] = {}
        self.no_context = Context({}, words.context)
        self.asks_for_shares = False  # that come with the subject; known once sealed
        self._secret = frozenset(secret)
        self._rules: dict[str, Rule] = {}
        self._of_any_kind: dict[str, Plan] = {}
        self._explainers: dict[tuple[type[object], str], Explainer] = {}
        self._version = _UNSEALED

    def add(self, function: RuleFunction, heading: Heading) -> None:
        """Read one rule. Raises PolicyError when it cannot mean anything, or comes too late."""
        if self._version is not _UNSEALED:
            raise PolicyError("the policy is sealed: rules are declared before the first question")
        rule = read_rule(function, heading, self.words)
        same_name = {r.id.split(".")[0]: r.heading.on for r in self._rules.values() if r.heading.on}
        if rule.id in self._rules or same_name.get(rule.id.split(".")[0], heading.on) != heading.on:
            raise PolicyError(f"{rule.id}: another rule or model has this name")
        resource, tenant = rule.resource, self.words.tenant
        if resource is not None and tenant is not None and resource not in self.resources:
            own = tenant_rule(resource, tenant, self.words)
            self._rules[own.id] = own
        self._rules[rule.id] = rule

    def seal(self) -> str:
        """Make plans of all rules, once, and return the policy's version."""
        if self._version is not _UNSEALED:
            return self._version
        rules, resources = self.rules, self.resources
        self._check_secret(resources)
        plans = {
            (resource.model, action): plan(resource, action, rules, self.words)
            for resource in resources
            for action in sorted(self.words.actions)
        }
        self._of_any_kind = {
            action: plan(ANY_KIND, action, rules, self.words) for action in self.words.actions
        }
        self._explainers = {
            (each.resource.model, each.action): explainer(each, self._secret)
            for each in (*plans.values(), *self._of_any_kind.values())
        }
        self.asks_for_shares = any(
            isinstance(atom.right, Shared) and atom.right.table is None
            for rule in rules
            for atom in atoms(rule.tree)
        )
        # In place: the policy's hot path holds this dictionary.
        self.plans.update(plans)
        said = [self.words.canonical(), [rule.canonical() for rule in rules]]
        self._version = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return self._version

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of declaration."""
        return tuple(self._rules.values())

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What the rules are about, in the order of declaration."""
        named = (rule.resource for rule in self._rules.values() if rule.resource is not None)
        return tuple(dict.fromkeys(named))

    @property
    def secret(self) -> frozenset[str]:
        """The attributes whose values no explanation shows."""
        return self._secret

    def plan(self, model: type[object], action: str) -> Plan:
        """Return the plan for a question.

        Raises:
            ValueError: the action is not declared.
            TypeError: no rule is about the model.
        """
        self.seal()
        found = self.plans.get((model, action))
        if found is not None:
            return found
        self.plan_of_any_kind(action)
        raise TypeError(f"no rule is about {model!r}")

    def plan_of_any_kind(self, action: str) -> Plan:
        """Return the plan for a row of which not even the kind is known: rules without `on=`.

        Raises:
            ValueError: the action is not declared.
        """
        self.seal()
        found = self._of_any_kind.get(action)
        if found is None:
            raise ValueError(undeclared(action, self.words.actions))
        return found

    def explainer(self, plan: Plan) -> Explainer:
        """Return the explainer of a plan."""
        return self._explainers[plan.resource.model, plan.action]

    def fitting(self, me: Subject, ctx: Context | None) -> Context:
        """Return the context, once it and the subject are known to fit this policy.

        Raises:
            TypeError: one of them was built for other declarations, so that its roles or its
                attributes mean something else.
        """
        shape = self.words.shape
        if me.shape is not shape and me.shape != shape:
            raise TypeError("this Subject does not fit the policy: build it with policy.subject()")
        if ctx is None:
            return self.no_context
        if ctx.declared is not self.words.context and ctx.declared != self.words.context:
            raise TypeError("this Context does not fit the policy: build it with policy.context()")
        return ctx

    def _check_secret(self, resources: Iterable[Resource]) -> None:
        attributes = {*self.words.shape.known, *self.words.context}
        known("secret attribute", self._secret, attributes.union(*(r.columns for r in resources)))
