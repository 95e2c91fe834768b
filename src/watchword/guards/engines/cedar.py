"""The engine over policies that are written in the Cedar language. Needs the extra `cedar`.

A check is Cedar's own evaluation. Lists and explanations come from the same policies read as ours,
which is exact for a fragment of the language; a policy beyond it is an error when the engine is
made, never a shorter list. Two things that Cedar leaves open are closed here: the text must pass
the strict validator, and an evaluation with an error denies, where Cedar would skip the policy.

Source: access.md sections 1 (2) and 14 (5); decisions/0212.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import cedarpy

from watchword.access import Context, Policy, PolicyError, Subject, Verdict
from watchword.access.export import cedar, cedar_data
from watchword.access.lower import lowering
from watchword.access.plan import REFUSED
from watchword.access.rules import Resource
from watchword.guards.engines.cedar_reading import read

if TYPE_CHECKING:
    from watchword.access.lower.sqlalchemy import Clause

__all__ = ["CedarEngine"]


class CedarEngine:
    """Policies in the Cedar language, about mapped models.

    Args:
        text: the policies. The principal is `Watchword::Subject`, a role `Watchword::Role`, and a
            resource the name of its model; `schema` has all of it.
        models: the mapped classes.
        roles: role -> the roles that it inherits.
        scopes: scope -> the actions that a delegated token with it reaches.
        subject: further attributes of subjects with their kinds.
        context: the same for the circumstances of a request.
        actions: action names beside read, create, update and delete.

    Attributes:
        schema: the schema that the policies are valid under.
        policy: the same policies as ours, for guards, lists and explanations.

    Raises:
        PolicyError: the validator refuses the text, or a policy is beyond what can be listed.
    """

    def __init__(  # noqa: PLR0913 - declarations, all optional and by keyword
        self,
        text: str,
        *,
        models: Iterable[type[object]],
        roles: Mapping[str, Iterable[str]] | None = None,
        scopes: Mapping[str, Iterable[str]] | None = None,
        subject: Mapping[str, object] | None = None,
        context: Mapping[str, object] | None = None,
        actions: Iterable[str] = (),
    ) -> None:
        about = {
            cedar.entity_type(resource): resource
            for resource in (Resource(model, lowering(model)) for model in models)
        }
        self.policy = Policy(
            roles=roles, scopes=scopes, subject=subject, context=context, actions=actions
        )
        self.schema = cedar.schema(self.policy.words, about.values(), ())
        _check(text, self.schema)
        for rule in read(json.loads(cedarpy.policies_to_json_str(text)), about, self.policy.words):
            decorate = self.policy.allow if rule.effect == "allow" else self.policy.deny
            decorate(*rule.actions, on=rule.on, role=rule.role)(rule.function)
        self.policy.seal()
        self._about = {resource.model: resource for resource in about.values()}
        self._policies = cedarpy.PolicySet.from_str(text)
        self._schema = cedarpy.Schema.from_str(self.schema)

    def check(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> Verdict:
        """Decide on one object, by Cedar's evaluation."""
        if not self.policy.possible(me, action, type(obj), ctx):
            return REFUSED  # beyond the token's scopes, or nothing could allow it
        ctx = self.policy.context() if ctx is None else ctx
        about = self._about[type(obj)]
        entities = [cedar_data.subject(me, ctx, ()), cedar_data.resource(about, obj, ())]
        told = {
            "principal": entities[0]["uid"],
            "action": cedar_data.name("Action", action),
            "resource": entities[1]["uid"],
            "context": cedar_data.record(ctx.attributes),
        }
        result = cedarpy.is_authorized(told, self._policies, json.dumps(entities), self._schema)
        if result.diagnostics.errors:
            return REFUSED
        named = result.diagnostics.id_annotations_by_reason
        reasons = sorted(named.get(each, each) for each in result.diagnostics.reasons)
        return Verdict(result.allowed, reasons[0] if reasons else None)

    def filter(
        self, me: Subject, action: str, model: type[object], ctx: Context | None = None
    ) -> "Clause":
        """Return the condition on the rows that are allowed, for WHERE."""
        return self.policy.where(me, action, model, ctx)

    def explain(self, me: Subject, action: str, obj: object, ctx: Context | None = None) -> str:
        """Return the decision and its reasons, for the operator."""
        return self.policy.explain(me, action, obj, ctx)


def _check(text: str, schema: str) -> None:
    found = cedarpy.validate_policies(text, schema)
    if not found.validation_passed:
        problems = "; ".join(str(error) for error in found.errors)
        raise PolicyError(f"Cedar's validator refuses the policies: {problems}")
