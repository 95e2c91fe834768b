"""Several resources of one authorization: the first in columns, the further ones beside it as JSON.

A token request names one of them, or none and means the first. What was granted for each is written
with the code and moves into the family, where nothing changes it, so that a refresh can choose and
never widen.

Source: RFC 8707 section 2.2; oauth.md T-2 and R-3; decisions/0255.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Text, case, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from watchword.stores.schema import families
from watchword.stores.verbs.terms import text

__all__ = [
    "CHOSEN_RESOURCE",
    "CHOSEN_SCOPES",
    "format_choices",
    "granted_beside",
    "parse_choices",
]


class _Member(FunctionElement[str]):
    """The value of one member of a JSON object; NULL where there is none."""

    type = Text()
    inherit_cache = True


# A pair of names that differs between the two databases. SQLite's own path syntax has no form for
# every name that an address may make.
@compiles(_Member, "sqlite")
def _for_sqlite(element: _Member, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"(SELECT value FROM json_each({document}) WHERE key = {name})"  # noqa: S608  # of names, not of values


@compiles(_Member, "postgresql")
def _for_postgresql(element: _Member, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"(CAST({document} AS JSON) ->> {name})"


def granted_beside(choices: Column[Any], named: BindParameter[str]) -> ColumnElement[str]:
    """Return the scopes of the further resource that is named; NULL where it is none of them."""
    return _Member(choices, named)


_NAMED = text("the_resource")
_BESIDE = granted_beside(families.c.choices, _NAMED)
# What a request that names `the_resource`, or NULL, gets of a family. One that names what was never
# granted gets the family's own here, and is refused because the two differ.
CHOSEN_RESOURCE = case((_BESIDE.is_not(None), _NAMED), else_=families.c.resource)
CHOSEN_SCOPES = func.coalesce(_BESIDE, families.c.scopes)


def format_choices(choices: Mapping[str, tuple[str, ...]]) -> str | None:
    """Write the further resources down, each with its scopes; None where there are none."""
    joined = {resource: " ".join(scopes) for resource, scopes in choices.items()}
    return json.dumps(joined) if joined else None


def parse_choices(stored: str | None) -> dict[str, tuple[str, ...]]:
    """Read what `format_choices` wrote."""
    joined = json.loads(stored) if stored else {}
    return {resource: tuple(scopes.split()) for resource, scopes in joined.items()}
