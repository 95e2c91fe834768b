"""The laws hold for policies about Django's models, on both databases, and find what is broken.

Source: access.md T1, T2, T8.
"""

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.test.utils import isolate_apps
from tests.access.example import allowing, notes
from tests.access.hostile import RULES, hostile
from tests.access.library import RULES as LIBRARY
from tests.access.library import library
from tests.django_site.site import database, ready

from watchword.access.lower import django as lower
from watchword.access.lower import django_leaves, lowering
from watchword.testing import LawBroken, laws

ready()

from tests.django_site.models import Entry, Note, ShareRow, Thing  # noqa: E402 - needs a set-up Django


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.requirement("access:T2:monotone")
def test_the_laws_hold_for_the_notes_policy():
    declared = {"notes:read": ["read"], "notes": ["*"]}
    report = laws(notes(on=Note, scopes=declared).policy, connection)
    assert report.decisions == 30 * 4 * 40
    assert not connection.in_atomic_block
    assert Note._meta.db_table not in connection.introspection.table_names()


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.parametrize("name", RULES)
def test_the_laws_hold_for_hostile_rules(name):
    laws(hostile(name, on=Thing), connection, seed=len(name), subjects=5, rows=20)


@pytest.mark.requirement("access:T1:readings-agree")
@pytest.mark.parametrize("name", sorted(LIBRARY)[::2])
def test_the_laws_hold_for_rules_about_other_rows(name):
    policy = library(name, on=Entry, shares=ShareRow)
    laws(policy, connection, seed=len(name), subjects=4, rows=15)


@pytest.mark.requirement("access:L8:exact-strings")
@pytest.mark.requirement("access:T1:readings-agree")
def test_the_laws_hold_on_postgresql(postgres_url, monkeypatch):
    """In a database whose own order of text is a language's, not that of code points."""
    monkeypatch.setattr(django_leaves, "IN_PARAMETERS_MAX", 3)
    create = "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    with database("outer", postgres_url) as outer:
        with connections[outer].cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS django_lexical")
            cursor.execute(create.format("django_lexical"))
        inner_url = postgres_url.rpartition("/")[0] + "/django_lexical"
        with database("lexical", inner_url) as lexical:
            with connections[lexical].cursor() as cursor:
                cursor.execute("SELECT 'a' < 'B'")
                assert cursor.fetchone() == (True,)
            for name in sorted(RULES)[::2]:
                policy = hostile(name, on=Thing)
                laws(policy, connections[lexical], seed=len(name), subjects=3, rows=15)
            for name in sorted(LIBRARY)[1::6]:
                policy = library(name, on=Entry, shares=ShareRow)
                laws(policy, connections[lexical], seed=len(name), subjects=3, rows=12)
        with connections[outer].cursor() as cursor:
            cursor.execute("DROP DATABASE django_lexical")


def test_the_laws_hold_for_long_lists(monkeypatch):
    monkeypatch.setattr(django_leaves, "IN_PARAMETERS_MAX", 3)
    laws(hostile("among my roles", on=Thing), connection, subjects=6)
    laws(hostile("among my levels", on=Thing), connection, subjects=6)


def test_a_filter_that_differs_is_found(monkeypatch):
    kept = lower.select
    monkeypatch.setattr(lowering(Note), "select", lambda model, tree: kept(model, tree)[:1])
    with pytest.raises(LawBroken, match="the SQL filter"):
        laws(notes(on=Note).policy, connection)


@pytest.mark.parametrize(
    "key", [models.CharField(max_length=5, primary_key=True), models.UUIDField(primary_key=True)]
)
def test_models_with_other_keys_and_columns_are_taken(key):
    with isolate_apps("tests.django_site"):

        class Keyed(models.Model):
            id = key
            data = models.JSONField()

            class Meta:
                app_label = "site"

        laws(allowing(lambda _me, row: row.id != None, on=Keyed), connection, subjects=3)  # noqa: E711 - a condition


def test_a_table_that_cannot_be_stood_in_for_is_refused():
    with isolate_apps("tests.django_site"):

        class Plain(models.Model):
            class Meta:
                app_label = "site"

        class Child(Plain):
            class Meta:
                app_label = "site"

        class Dated(models.Model):
            day = models.DateField(primary_key=True)

            class Meta:
                app_label = "site"

        with pytest.raises(ValueError, match="laws need one table"):
            laws(allowing(lambda _me: True, on=Child), connection)
        with pytest.raises(ValueError, match="laws need a primary key of int, str or UUID"):
            laws(allowing(lambda _me: True, on=Dated), connection)


def test_what_is_no_engine_is_refused():
    with pytest.raises(TypeError, match="no engine or connection"):
        laws(notes(on=Note).policy, DEFAULT_DB_ALIAS)
