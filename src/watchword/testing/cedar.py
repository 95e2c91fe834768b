"""Cedar as a second opinion: its evaluator and its validator judge the exported text.

Needs `cedarpy`, the extra `cedar`.

Source: access.md section 6 (4), T1; decisions/0210.
"""

import json
from collections.abc import Iterable, Sequence
from random import Random  # noqa: TID251 - seeded samples, not secrets
from typing import Any

import cedarpy

from watchword.access.export import cedar, cedar_data
from watchword.access.policy import Policy
from watchword.access.rules import Resource
from watchword.access.subject import Context, Subject
from watchword.testing.laws import LawBroken
from watchword.testing.samples import Samples

__all__ = ["Oracle", "cedar_laws"]


class Oracle:
    """Cedar's answers to a policy's questions.

    Args:
        policy: is sealed by this.

    Raises:
        PolicyError: a rule that Cedar cannot express.
        LawBroken: the exported text does not pass Cedar's strict validator.
    """

    def __init__(self, policy: Policy) -> None:
        text = policy.export("cedar")
        schema = policy.export("cedar-schema")
        found = cedarpy.validate_policies(text, schema)
        if not found.validation_passed:
            problems = "\n".join(str(error) for error in found.errors)
            raise LawBroken(f"Cedar refuses the export:\n{problems}\n{text}\n{schema}")
        self._policies = cedarpy.PolicySet.from_str(text)
        self._schema = cedarpy.Schema.from_str(schema)

    def answers(
        self, me: Subject, action: str, about: Resource, rows: Sequence[object], ctx: Context
    ) -> list[bool]:
        """Return Cedar's verdict on each row.

        Raises:
            LawBroken: a policy erred, so that Cedar skipped it.
        """
        entities = [cedar_data.subject(me)]
        entities += [cedar_data.resource(about, row, str(n)) for n, row in enumerate(rows)]
        told = {
            "principal": entities[0]["uid"],
            "action": cedar_data.name("Action", action),
            "context": cedar_data.record(ctx),
        }
        requests: list[dict[str, Any]] = [{**told, "resource": e["uid"]} for e in entities[1:]]
        results = cedarpy.is_authorized_batch(
            requests, self._policies, json.dumps(entities), self._schema
        )
        for result in results:
            if result.diagnostics.errors:
                raise LawBroken(f"Cedar skipped a policy: {result.diagnostics.errors}")
        return [result.allowed for result in results]


def cedar_laws(policy: Policy, *, seed: int = 0, subjects: int = 30, rows: int = 40) -> int:
    """Ask Cedar about drawn subjects and rows, and compare with the check.

    Args:
        policy: is sealed by this.
        seed: the same seed gives the same subjects and rows.
        subjects: how many to draw for each model.
        rows: how many to draw for each model.

    Returns:
        how many decisions were compared.

    Raises:
        LawBroken: names the subject, the action and the row, with the explanation.
        PolicyError: a rule that Cedar cannot express.
    """
    oracle = Oracle(policy)
    samples = Samples(policy, Random(seed))  # noqa: S311 - samples, not secrets
    compared = 0
    for about in policy.resources:
        drawn = [_row(samples, about) for _ in range(rows)]
        for _ in range(subjects):
            compared += _compare(oracle, samples, about, drawn)
    return compared


def _compare(oracle: Oracle, samples: Samples, about: Resource, rows: Sequence[object]) -> int:
    policy, me, ctx = samples.policy, samples.subject(), samples.context()
    for action in sorted(policy.words.actions):
        for row, said in zip(rows, oracle.answers(me, action, about, rows, ctx), strict=True):
            if policy.check(me, action, row, ctx).allowed is not said:
                raise LawBroken("\n".join(_told(policy, me, action, row, ctx)))
    return len(rows) * len(policy.words.actions)


def _row(samples: Samples, about: Resource) -> object:
    """Draw an object of the model, as it would come from the database."""
    chance = samples.random
    cells = {
        name: None if chance.random() < 0.2 else chance.choice(samples.pools[what.kind])
        for name, what in cedar.columns(about).items()
    }
    return about.model(**cells)


def _told(policy: Policy, me: Subject, action: str, row: object, ctx: Context) -> Iterable[str]:
    yield "the check and Cedar differ"
    yield f"subject: {me}"
    yield f"action: {action}"
    yield policy.explain(me, action, row, ctx)
    yield policy.export("cedar")
