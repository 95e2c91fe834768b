"""What tables are made of."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
    false,
    text,
)

__all__ = [
    "FLAG",
    "INT",
    "POSTGRESQL_WHERE",
    "by_code",
    "key",
    "metadata",
    "of_a_tenant",
    "refers",
    "some_rows",
    "table",
]

POSTGRESQL_WHERE = "postgresql_where"  # where an index keeps its condition for PostgreSQL

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# STRICT tables of SQLite know neither BIGINT nor BOOLEAN, and hold every INTEGER in 64 bits.
INT = BigInteger().with_variant(Integer(), "sqlite")
FLAG = Boolean().with_variant(Integer(), "sqlite")


def table(name: str, *columns: Any) -> Table:  # Any: SQLAlchemy's schema items share no type
    """Make a table whose rows SQLite keeps in the order of their key."""
    return Table(name, metadata, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def key(name: str) -> Column[Any]:
    """Return a column of the primary key that holds text."""
    return Column(name, Text, primary_key=True, nullable=False)


# Other rows belong to a tenant through their user: a foreign key of their own would have every
# refresh lock the one row of the tenant in PostgreSQL.
def of_a_tenant() -> Column[str]:
    """Return the tenant of a row that belongs to no user."""
    return Column("tenant", Text, ForeignKey("tenants.tenant"), primary_key=True, nullable=False)


def by_code() -> Column[bool]:
    """Return the mark of a row that code declared, and that goes when code omits it."""
    return Column("is_declared", FLAG, server_default=false(), nullable=False)


def refers(parent: str, column: str, name: str) -> ForeignKeyConstraint:
    """Refer to a row of the same tenant."""
    return ForeignKeyConstraint(["tenant", column], [f"{parent}.tenant", f"{parent}.{name}"])


def some_rows(condition: str | TextClause, *, postgresql: str | None = None) -> dict[str, Any]:
    """Return the arguments of an index over those rows alone that meet a condition.

    That for PostgreSQL stands in `info`, because an argument that is named for a dialect loads the
    whole of it, into every server on SQLite too. The migrations have it as such an argument.

    Args:
        condition: for both databases.
        postgresql: where this one spells it in its own way.
    """
    clause = text(condition) if isinstance(condition, str) else condition
    other = clause if postgresql is None else text(postgresql)
    return {"sqlite_where": clause, "info": {POSTGRESQL_WHERE: other}}
