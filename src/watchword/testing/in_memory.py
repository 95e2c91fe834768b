"""An empty database in memory, for whoever has a policy and no database at hand.

Source: access.md T1; decisions/0211.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine

from watchword.access.policy import Policy

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["in_memory"]

_SQLALCHEMY = frozenset({"watchword.access.lower.sqlalchemy", "watchword.access.lower.raw"})
_DJANGO = frozenset({"watchword.access.lower.django"})
_ALIAS = "watchword_laws"


@contextmanager
def in_memory(policy: Policy) -> "Iterator[Engine | BaseDatabaseWrapper]":
    """Give what `laws` takes for the models of a policy: an engine, or a connection of Django's.

    Raises:
        ValueError: no rows of these models can be stored: they are of two libraries, or declared
            without a table.
    """
    homes = {each.name: str(getattr(each.lowering, "__name__", "")) for each in policy.resources}
    if {*homes.values()} <= _DJANGO and homes:
        with _of_django() as connection:
            yield connection
        return
    elsewhere = [name for name, home in homes.items() if home not in _SQLALCHEMY]
    if elsewhere:
        raise ValueError(f"neither SQLAlchemy alone nor Django alone maps {', '.join(elsewhere)}")
    engine = create_engine("sqlite://")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _of_django() -> "Iterator[BaseDatabaseWrapper]":
    """Let Django know of a database beside those of the site, which are not touched."""
    # Only where the policy's models are Django's.
    from django.db import connections  # noqa: PLC0415

    known = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    told = connections.configure_settings({"default": {}, _ALIAS: known})
    connections.settings[_ALIAS] = told[_ALIAS]
    connection = connections[_ALIAS]
    try:
        yield connection
    finally:
        if connection.connection is not None:
            connection.connection.close()  # Django itself keeps a database in memory open
        del connections[_ALIAS]
        del connections.settings[_ALIAS]
