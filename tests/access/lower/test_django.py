"""Django's statements, pinned for both databases, and what is refused before there is one.

Source: access.md section 7. That the statements also answer like the check is
tests/testing/test_laws.py.
"""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection, connections, models, router, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test.utils import CaptureQueriesContext, isolate_apps, override_settings
from tests.access.example import allowing, notes
from tests.access.hostile import RULES, hostile
from tests.django_site.site import database, ready, tables

from watchword.access import Forbidden, NotFound, Policy, PolicyError
from watchword.access.lower import django as lower
from watchword.access.lower import django_leaves
from watchword.access.tree import Atom, Const, Op

ready()

from tests.django_site.models import Note, Thing  # noqa: E402 - models need a configured Django

POSTGRESQL = DatabaseWrapper(
    connections.configure_settings(
        {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "never opened"}}
    )["default"]
)

PINNED = {
    "equal to a value": ("thing_name = %s", "thing_name = %s"),
    "not equal to a value": ("thing_name IS NOT %s", "thing_name IS DISTINCT FROM %s"),
    "equal to None": ("thing_name IS NULL", "thing_name IS NULL"),
    "not equal to None": ("thing_name IS NOT NULL", "thing_name IS NOT NULL"),
    "equal to an attribute that may be None": ("thing_name = %s", "thing_name = %s"),
    "not equal to an attribute that may be None": (
        "thing_name IS NOT %s",
        "thing_name IS DISTINCT FROM %s",
    ),
    "equal columns": ('thing_name IS ("other")', 'thing_name IS NOT DISTINCT FROM ("other")'),
    "different columns": ('thing_name IS NOT ("other")', 'thing_name IS DISTINCT FROM ("other")'),
    "below": ('"level" < %s', '"level" < %s'),
    "not below": ('("level" >= %s OR "level" IS NULL)', '("level" >= %s OR "level" IS NULL)'),
    "at most": ('"level" <= %s', '"level" <= %s'),
    "not at most": ('("level" > %s OR "level" IS NULL)', '("level" > %s OR "level" IS NULL)'),
    "above, constant first": ('"level" > %s', '"level" > %s'),
    "not above, constant first": (
        '("level" <= %s OR "level" IS NULL)',
        '("level" <= %s OR "level" IS NULL)',
    ),
    "at least, attribute first": ('"small" >= %s', '"small" >= %s'),
    "columns in order": ('"level" >= ("small")', '"level" >= ("small")'),
    "columns not in order": (
        '("level" < ("small") OR "level" IS NULL OR "small" IS NULL)',
        '("level" < ("small") OR "level" IS NULL OR "small" IS NULL)',
    ),
    "text in order": ("thing_name > %s", 'thing_name COLLATE "C" > %s'),
    "text not in order": (
        "(thing_name <= %s OR thing_name IS NULL)",
        '(thing_name COLLATE "C" <= %s OR thing_name IS NULL)',
    ),
    "text columns in order": ('thing_name < ("other")', 'thing_name COLLATE "C" < ("other")'),
    "among values": ("thing_name IN (%s, %s, %s)", "thing_name IN (%s, %s, %s)"),
    "not among values": (
        "(thing_name NOT IN (%s, %s, %s) OR thing_name IS NULL)",
        "(thing_name NOT IN (%s, %s, %s) OR thing_name IS NULL)",
    ),
    "among values and None": (
        '("level" IN (%s, %s) OR "level" IS NULL)',
        '("level" IN (%s, %s) OR "level" IS NULL)',
    ),
    "not among values and None": (
        '("level" NOT IN (%s, %s) AND "level" IS NOT NULL)',
        '("level" NOT IN (%s, %s) AND "level" IS NOT NULL)',
    ),
    "among None only": ('"level" IS NULL', '"level" IS NULL'),
    "not among None only": ('"level" IS NOT NULL', '"level" IS NOT NULL'),
    "among nothing": ("nothing", "nothing"),
    "not among nothing": ("all", "all"),
    "among my roles": ("thing_name IN (%s)", "thing_name IN (%s)"),
    "not among my groups": (
        "(thing_name NOT IN (%s) OR thing_name IS NULL)",
        "(thing_name NOT IN (%s) OR thing_name IS NULL)",
    ),
    "among my levels": ('"small" IN (%s, %s)', '"small" IN (%s, %s)'),
    "role known in advance": ('"open" = %s', '"open" = %s'),
    "meeting sets": ("nothing", "nothing"),
    "not meeting sets": ('"open" IS NOT %s', '"open" IS DISTINCT FROM %s'),
    "negated and": (
        '(thing_name IS NOT %s OR "level" <= %s OR "level" IS NULL)',
        '(thing_name IS DISTINCT FROM %s OR "level" <= %s OR "level" IS NULL)',
    ),
    "negated or": (
        '(thing_name IS NOT %s AND ("level" <= %s OR "level" IS NULL) AND "other" = %s)',
        '(thing_name IS DISTINCT FROM %s AND ("level" <= %s OR "level" IS NULL) AND "other" = %s)',
    ),
    "twice negated": ("thing_name = %s", "thing_name = %s"),
    "nested": (
        '((thing_name = %s OR "level" = %s) AND ("small" < %s OR "other" = %s))',
        '((thing_name = %s OR "level" = %s) AND ("small" < %s OR "other" = %s))',
    ),
    "context": (
        '("level" <= %s AND "day" IS NOT %s)',
        '("level" <= %s AND "day" IS DISTINCT FROM %s)',
    ),
    "days": ('("day" >= %s OR "day" = %s)', '("day" >= %s OR "day" = %s)'),
    "moments": ('"at" > %s', '"at" > %s'),
    "keys": ('("key" = %s OR "key" > %s)', '("key" = %s OR "key" > %s)'),
    "widest integer": (
        '("small" < %s AND "level" IS NOT %s)',
        '("small" < %s AND "level" IS DISTINCT FROM %s)',
    ),
    "columns of different width": (
        '("small" IS ("wide") OR "wide" >= ("level") OR "wide" IS NULL OR "level" IS NULL)',
        '("small" IS NOT DISTINCT FROM ("wide") '
        'OR "wide" >= ("level") OR "wide" IS NULL OR "level" IS NULL)',
    ),
}


def person(policy):
    facts = {"team": "red", "groups": ["a"], "levels": [1, 2], "rank": 3}
    return policy.subject("bo", roles=["user"], attributes=facts)


def where_of(rows, database=connection) -> str:
    """The WHERE of a query set as Django compiles it."""
    try:
        text, _ = rows.query.get_compiler(connection=database).as_sql()
    except EmptyResultSet:
        return "nothing"
    where = text.partition(" WHERE ")[2] or "all"
    return (
        where.replace('"thing".', "").replace('"note".', "").replace('"thing_name"', "thing_name")
    )


@pytest.mark.requirement("access:L9:bound-parameters")
@pytest.mark.requirement("access:L11:constants")
@pytest.mark.parametrize("name", RULES)
def test_a_rule_lowers_to_this_text(name):
    policy = hostile(name, on=Thing)
    ctx = policy.context(now=10, today=date(2024, 2, 29))
    rows = policy.select(person(policy), "read", Thing, ctx)
    assert (where_of(rows), where_of(rows, POSTGRESQL)) == PINNED[name]


@pytest.mark.requirement("access:L1:negation-at-the-leaves")
@pytest.mark.parametrize("name", RULES)
def test_no_not_stands_above_a_comparison(name):
    policy = hostile(name, on=Thing)
    clause = where_of(policy.select(person(policy), "update", Thing))
    for allowed in ("IS NOT", "NOT IN"):
        clause = clause.replace(allowed, "")
    assert "NOT" not in clause


@pytest.mark.parametrize(
    ("who", "clause"),
    [
        ("bo", '("owner" = %s OR "shared_role" IN (%s))'),
        ("ana", "all"),
        ("suspended", "nothing"),
    ],
)
@pytest.mark.requirement("access:4.1:notes-behave")
@pytest.mark.requirement("access:L11:constants")
def test_the_notes_policy_lowers_to_this_text(who, clause):
    people = notes(on=Note)
    assert where_of(people.policy.select(getattr(people, who), "read", Note)) == clause


@pytest.fixture
def three() -> Iterator[None]:
    """Note 1 of bo, 2 and 3 of cy, 3 shared with users."""
    with tables(Note):
        Note.objects.create(id=1, owner="bo", text="one")
        Note.objects.create(id=2, owner="cy", text="two")
        Note.objects.create(id=3, owner="cy", text="three", shared_role="user")
        yield


@pytest.mark.requirement("access:4.1:notes-behave")
@pytest.mark.parametrize(
    ("who", "seen"), [("bo", [1, 3]), ("cy", [2, 3]), ("ana", [1, 2, 3]), ("suspended", [])]
)
def test_lists_are_what_may_be_read(three, who, seen):
    people = notes(on=Note)
    rows = people.policy.select(getattr(people, who), "read", Note).order_by("id")
    assert [row.id for row in rows] == seen


@pytest.mark.requirement("access:L10:coalesced-columns")
def test_a_look_up_is_one_statement_with_two_verdicts(three):
    people = notes(on=Note)
    lookup = people.policy.get(people.bo, "update", Note, "3")
    with CaptureQueriesContext(connection) as sent:
        (row,) = lookup.statement
    assert len(sent) == 1
    assert (row.watchword_readable, row.watchword_allowed) == (True, False)
    assert lower.answered(row) == (row, True, False)
    with pytest.raises(Forbidden):
        lookup.answer(lower.answered(row))
    with pytest.raises(NotFound):
        lookup.answer(lower.answered(None))


@pytest.mark.requirement("access:L10:coalesced-columns")
def test_verdicts_that_are_null_or_constant_are_flags():
    with tables(Thing):
        Thing.objects.create(id=1)
        for name, verdict in (("below", False), ("not among nothing", True)):
            policy = hostile(name, on=Thing)
            (row,) = policy.get(person(policy), "read", Thing, 1).statement
            assert row.watchword_readable is verdict
            assert row.watchword_allowed is verdict


@pytest.mark.requirement("access:S12:locks")
def test_a_look_up_locks_where_the_database_can(postgres_url):
    people = notes(on=Note)
    with database("locking", postgres_url) as alias, tables(Note, using=alias):
        Note.objects.using(alias).create(id=3, owner="bo", text="three")
        rows = people.policy.get(people.bo, "update", Note, 3, lock=True).statement.using(alias)
        with transaction.atomic(using=alias), CaptureQueriesContext(connections[alias]) as sent:
            assert rows.get().watchword_allowed
    assert sent.captured_queries[-1]["sql"].endswith('FOR UPDATE OF "note"')


@pytest.mark.parametrize("key", ["word", "", "01", 2**63, None, True])
def test_a_key_that_no_row_can_have_is_an_absent_row(key):
    people = notes(on=Note)
    with pytest.raises(NotFound):
        people.policy.get(people.ana, "read", Note, key)


@pytest.mark.requirement("access:L9:bound-parameters")
def test_a_long_list_travels_as_one_parameter():
    policy = Policy(subject={"groups": frozenset[str], "levels": frozenset[int]})

    @policy.allow("read", on=Thing)
    def listed(me, thing):
        """Listed."""
        return thing.name.in_(me.groups) | ~thing.small.in_(me.levels)

    levels, groups = [*range(django_leaves.IN_PARAMETERS_MAX + 1)], [f"g{n}" for n in range(5_000)]
    me = policy.subject("bo", attributes={"groups": groups, "levels": levels})
    rows = policy.select(me, "read", Thing)
    assert where_of(rows) == (
        "(thing_name IN (SELECT value FROM json_each(%s)) "
        'OR "small" NOT IN (SELECT value FROM json_each(%s)) OR "small" IS NULL)'
    )
    unpacked = "(SELECT CAST(value AS {}) FROM json_array_elements_text(CAST(%s AS JSON)))"
    assert where_of(rows, POSTGRESQL) == (
        f"(thing_name IN {unpacked.format('VARCHAR')} "
        f'OR "small" NOT IN {unpacked.format("BIGINT")} OR "small" IS NULL)'
    )
    _, (first, _) = rows.query.sql_with_params()
    assert json.loads(first) == sorted(groups)
    with tables(Thing):
        Thing.objects.create(id=1, name="g7", small=1)
        Thing.objects.create(id=2, name="other", small=1)
        Thing.objects.create(id=3, name="other", small=-1)
        assert [row.id for row in rows.order_by("id")] == [1, 3]


def refused(field: models.Field, **settings) -> str:
    """Why a rule cannot read a field."""
    with isolate_apps("tests.django_site"), override_settings(**settings):

        class Odd(models.Model):
            odd = field

            class Meta:
                app_label = "site"

        with pytest.raises(PolicyError) as refusal:
            allowing(lambda _me, row: row.odd == row.odd, on=Odd)
    return str(refusal.value)


class Shouting(models.CharField):
    def from_db_value(self, value, *_):
        return value.upper()


class Named(models.CharField):
    """Changes how it is shown in forms, and nothing that is compared."""

    def formfield(self, **kwargs):
        return super().formfield(**kwargs)


@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.parametrize(
    "field",
    [
        models.CharField(max_length=5, db_collation="NOCASE"),
        models.TextField(db_collation="de-x-icu"),
        Shouting(max_length=5),
        models.FloatField(),
        models.DecimalField(max_digits=5, decimal_places=2),
        models.DurationField(),
        models.GenericIPAddressField(),
        models.JSONField(),
        models.BinaryField(),
        models.GeneratedField(
            expression=models.F("id") + 1, output_field=models.IntegerField(), db_persist=True
        ),
    ],
)
def test_a_column_that_databases_compare_otherwise_is_refused(field):
    assert "Odd.odd" in refused(field)


@pytest.mark.requirement("access:P2:mistakes-fail-at-import")
@pytest.mark.parametrize("settings", [{"USE_TZ": True}, {"TIME_ZONE": "Europe/Berlin"}])
def test_moments_with_a_zone_are_refused(settings):
    """A naive moment of a zone with summer time names two moments in one hour of the year."""
    assert "USE_TZ = False" in refused(models.DateTimeField(), **settings)


def test_another_database_is_refused(monkeypatch):
    """MySQL compares text without case (OpenFGA CVE-2026-55170)."""
    monkeypatch.setattr(router, "db_for_write", lambda _model: "default")
    monkeypatch.setattr(connection, "vendor", "mysql")
    with pytest.raises(PolicyError, match="is kept in mysql"):
        allowing(lambda _me, row: row.owner == "bo", on=Note)


def test_names_that_are_no_columns_are_refused():
    with isolate_apps("tests.django_site"):

        class Folder(models.Model):
            code = models.UUIDField(unique=True)

            class Meta:
                app_label = "site"

        class Filed(models.Model):
            folder = models.ForeignKey(Folder, models.CASCADE, to_field="code")
            name = Named(max_length=5)

            class Meta:
                app_label = "site"

        assert lower.columns(Filed) == {"id", "folder_id", "name"}
        assert allowing(lambda _me, row: row.folder_id == None, on=Filed)  # noqa: E711 - a condition
        assert allowing(lambda _me, row: row.name == "a", on=Filed)
        for name, said in (
            ("objects", "is neither a column nor a relation"),
            ("nmae", "did you mean 'name'"),
        ):
            with pytest.raises(PolicyError, match=said):
                allowing(lambda _me, row: getattr(row, name) == None, on=Filed)  # noqa: B023, E711 - read at once


def test_a_key_of_several_columns_is_refused():
    with isolate_apps("tests.django_site"):

        class Paired(models.Model):
            pk = models.CompositePrimaryKey("one", "two")
            one = models.IntegerField()
            two = models.IntegerField()

            class Meta:
                app_label = "site"

        policy = allowing(lambda _me, row: row.one == 1, on=Paired)
        with pytest.raises(PolicyError, match="a primary key of 2 columns"):
            policy.get(policy.subject("bo"), "read", Paired, 1)


def test_a_proposed_object_sets_what_differs_from_an_untouched_one():
    with isolate_apps("tests.django_site"):

        class Draft(models.Model):
            title = models.CharField(max_length=5)
            state = models.CharField(max_length=5, default="open")
            rank = models.IntegerField(default=int)
            made = models.DateField(auto_now_add=True)
            shared = models.CharField(max_length=5, null=True)

            class Meta:
                app_label = "site"

        assert lower.assigned(Draft()) == {"rank"}
        assert lower.assigned(Draft(title="a", state="done")) == {"title", "state", "rank"}


def test_a_filter_without_a_column_is_a_bug_of_the_package():
    """Folding leaves none."""
    with pytest.raises(AssertionError):
        lower.where(Thing, Atom(Op.EQ, Const(1), Const(1)))
