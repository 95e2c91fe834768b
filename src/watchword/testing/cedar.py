"""Cedar as a second opinion: its evaluator and its validator judge the exported text.

Needs `cedarpy`, the extra `cedar`.

Source: access.md section 6 (4), T1; decisions/0210.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random  # noqa: TID251 - seeded samples, not secrets
from typing import Any

import cedarpy

from watchword.access.export import cedar_data
from watchword.access.export.cedar import shared
from watchword.access.places import PATH_STEPS_MAX
from watchword.access.policy import Policy
from watchword.access.rules import Resource
from watchword.access.shares import Share
from watchword.access.subject import Context, Subject
from watchword.testing.laws import LawBroken
from watchword.testing.samples import Samples

__all__ = ["Oracle", "cedar_laws"]

ANYBODY = "anybody"  # a role that every drawn subject holds, so that drawn shares concern it


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
        self._rules = policy.rules
        self._policies = cedarpy.PolicySet.from_str(text)
        self._schema = cedarpy.Schema.from_str(schema)

    def answers(
        self, me: Subject, action: str, about: Resource, rows: Sequence[object], ctx: Context
    ) -> list[bool]:
        """Return Cedar's verdict on each row.

        Raises:
            LawBroken: a policy erred, so that Cedar skipped it.
        """
        rules = self._rules
        entities = [cedar_data.subject(me, ctx, rules)]
        entities += [cedar_data.resource(about, row, rules, str(n)) for n, row in enumerate(rows)]
        told = {
            "principal": entities[0]["uid"],
            "action": cedar_data.name("Action", action),
            "context": cedar_data.record(ctx.attributes),
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

    Rows are objects of stand-ins for the models, and so are the rows behind them.

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
    # The twin says the same about models of its own: rows are drawn without a database.
    twin = Policy.load(policy.export("json"))
    oracle = Oracle(twin)
    samples = Samples(twin, Random(seed))  # noqa: S311 - samples, not secrets
    compared = 0
    for about in twin.resources:
        drawn = [_row(samples, about.model) for _ in range(rows)]
        for _ in range(subjects):
            compared += _compare(oracle, samples, about, drawn)
    return compared


def _compare(oracle: Oracle, samples: Samples, about: Resource, rows: Sequence[object]) -> int:
    policy, ctx = samples.policy, samples.context()
    me = samples.subject()
    me = replace(me, roles=me.roles | {ANYBODY}, shares=tuple(_shares(samples)))  # type: ignore[arg-type]  # Subject collects them
    for action in sorted(policy.words.actions):
        for row, said in zip(rows, oracle.answers(me, action, about, rows, ctx), strict=True):
            if policy.check(me, action, row, ctx).allowed is not said:
                raise LawBroken("\n".join(_told(policy, me, action, row, ctx)))
    return len(rows) * len(policy.words.actions)


def _shares(samples: Samples) -> Iterator[Share]:
    """Draw shares by which rows may be shared with anybody, some of them ended."""
    chance = samples.random
    for asked in shared(samples.policy.rules):
        for key in samples.pools[asked.kind]:
            if chance.random() < 0.2:
                until = chance.choice((None, -1, 1, 2**31))
                yield Share(
                    asked.resource, str(key), asked.relation, role=ANYBODY, expires_at=until
                )


def _row(samples: Samples, model: type[Any], depth: int = PATH_STEPS_MAX) -> object:
    """Draw an object of a stand-in, with the rows behind it."""
    chance = samples.random
    row = model(
        **{
            name: None if chance.random() < 0.2 else chance.choice(samples.pools[kind])
            for name, kind in model.__mapper__.kinds.items()
        }
    )
    for name, relation in model.__mapper__.relations.items() if depth else ():
        if relation.many:
            behind = [_row(samples, relation.model, depth - 1) for _ in range(chance.randrange(3))]
            setattr(row, name, behind)
        elif chance.random() < 0.8:
            setattr(row, name, _row(samples, relation.model, depth - 1))
    return row


def _told(policy: Policy, me: Subject, action: str, row: object, ctx: Context) -> Iterable[str]:
    yield "the check and Cedar differ"
    yield f"subject: {me}"
    yield f"action: {action}"
    yield policy.explain(me, action, row, ctx)
    yield policy.export("cedar")
