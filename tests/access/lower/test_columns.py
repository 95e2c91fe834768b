"""Which columns and keys rules can be about, and which are refused at import.

Source: access.md L8, P2.
"""

import pytest
from sqlalchemy import (
    CHAR,
    JSON,
    Column,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, column_property, mapped_column, registry
from sqlalchemy.types import TypeDecorator
from tests.access.example import Thing, allowing

from watchword.access import PolicyError
from watchword.access.lower import lowering


class Mapped:
    """Declares a model with one column of a type and reads it in a rule."""

    def __new__(cls, *column, **options):
        base = type("Base", (DeclarativeBase,), {})
        body = {
            "__tablename__": "odd",
            "id": mapped_column(Integer, primary_key=True),
            "odd": mapped_column(*column, **options),
        }
        return type("Odd", (base,), body)


class Shouting(TypeDecorator):
    impl = String
    cache_ok = True


@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.parametrize(
    "type_",
    [
        String(collation="NOCASE"),
        String(collation="de-x-icu"),
        String().with_variant(String(collation="und-x-icu"), "postgresql"),
        String().with_variant(Integer(), "postgresql"),
        CHAR(5),
        postgresql.CITEXT(),
        Shouting(),
        Enum("a", "b"),
        Float(),
        Numeric(),
        DateTime(timezone=True),
        Uuid(as_uuid=False),
        JSON(),
        LargeBinary(),
        postgresql.ARRAY(Integer),
    ],
)
def test_a_column_that_databases_compare_otherwise_is_refused(type_):
    with pytest.raises(PolicyError, match=r"Odd\.odd"):
        allowing(lambda _me, row: row.odd == row.odd, on=Mapped(type_))


@pytest.mark.parametrize(
    "type_",
    [String(5), String(collation="C"), String(collation="BINARY"), postgresql.UUID(), DateTime()],
)
def test_a_column_that_databases_compare_alike_is_taken(type_):
    allowing(lambda _me, row: row.odd == row.odd, on=Mapped(type_))


def test_a_column_that_no_rule_reads_may_have_any_type():
    allowing(lambda _me, row: row.id == 1, on=Mapped(JSON()))


def test_a_column_is_known_by_its_attribute():
    """The column behind `name` is `thing_name`."""
    assert lowering(Thing).columns(Thing) == {
        "id",
        "name",
        "other",
        "level",
        "small",
        "wide",
        "open",
        "day",
        "at",
        "key",
    }


def test_an_expression_is_no_column():
    class Base(DeclarativeBase):
        pass

    class Sum(Base):
        __tablename__ = "sum"
        id = mapped_column(Integer, primary_key=True)
        double = column_property(literal_column("id * 2"))

    with pytest.raises(PolicyError, match=r"Sum\.double is an expression"):
        allowing(lambda _me, row: row.double == 2, on=Sum)


def test_a_table_mapped_by_hand_is_a_model():
    mapper = registry()

    class Plain:
        pass

    mapper.map_imperatively(
        Plain, Table("plain", MetaData(), Column("id", Integer, primary_key=True))
    )
    policy = allowing(lambda _me, row: row.id == 1, on=Plain)
    clause = policy.where(policy.subject("bo"), "read", Plain)
    assert str(select(Plain).where(clause)).endswith("WHERE plain.id = :param_1")


def test_a_key_of_two_columns_is_left_to_where():
    class Base(DeclarativeBase):
        pass

    class Pair(Base):
        __tablename__ = "pair"
        one = mapped_column(Integer, primary_key=True)
        two = mapped_column(Integer, primary_key=True)

    policy = allowing(lambda _me, row: row.one == 1, on=Pair)
    with pytest.raises(PolicyError, match="a primary key of 2 columns"):
        policy.get(policy.subject("bo"), "read", Pair, 1)


@pytest.mark.parametrize(
    ("type_", "taken", "refused"),
    [
        (String(), ["a", "\u00e9"], ["a\0", "\ud800", 1, None]),
        (Uuid(), ["00000000-0000-0000-0000-00000000000a"], ["0", "{a}", "urn:uuid:0", 1, None]),
        (
            Integer(),
            ["0", "-1", 7, "9223372036854775807"],
            ["-0", "07", "\u0663", "1e3", " 1", True, None],
        ),
    ],
)
def test_a_key_that_no_row_can_have_makes_no_statement(type_, taken, refused):
    class Base(DeclarativeBase):
        pass

    class Keyed(Base):
        __tablename__ = "keyed"
        id = mapped_column(type_, primary_key=True)

    policy = allowing(lambda _me: True, on=Keyed)
    tree = policy.plans[Keyed, "read"].tree
    probe = lowering(Keyed).probe
    assert all(probe(Keyed, key, tree, tree, lock=False) is not None for key in taken)
    assert all(probe(Keyed, key, tree, tree, lock=False) is None for key in refused)
