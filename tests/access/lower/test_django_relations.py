"""Paths, collections and shares of Django's models: the check and the list have one answer.

The rules are those of tests/access/library.py, on the same kinds of rows: absent parents, dangling
references, NULLs and empty collections.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps
from tests.access.library import RULES, library
from tests.access.test_relations import SHARES, WORDS, subjects
from tests.django_site.site import database, ready, tables

from watchword.access import Policy, PolicyError, Share, plain
from watchword.access.lower import django as lower
from watchword.access.lower import django_leaves

ready()

from tests.django_site.models import (  # noqa: E402 - models need a configured Django
    Cover,
    Entry,
    Folder,
    Paper,
    Reader,
    ShareRow,
    Tag,
)

ENTRIES = [
    replace(share, resource_type=share.resource_type.replace("note", "entry")) for share in SHARES
]
MADE = (Folder, Tag, Entry, Reader, Cover, Paper, ShareRow)


def fill(using: str) -> None:
    """Store a few rows of each model."""
    chance = Random(6)
    words, numbers = [*WORDS, None], [0, 1, 2, None]
    for key in range(1, 7):
        parent = chance.choice([None, *range(1, key)])
        folder = Folder(id=key, owner=chance.choice(words), level=chance.choice(numbers))
        folder.parent_id = parent
        folder.save(using=using)
    for word in WORDS:
        Tag.objects.using(using).create(id=word, colour=chance.choice(words))
    for key in range(1, 26):
        entry = Entry(id=key, owner=chance.choice(words), level=chance.choice(numbers))
        entry.folder_id = chance.choice([None, 99, *range(1, 7)])
        entry.other_id = chance.choice([None, *range(1, 7)])
        entry.save(using=using)
        entry.tags.set(chance.sample(WORDS, chance.choice([0, 0, 1, 2])))
    for key in range(1, 40):
        reader = Reader(id=key, who=chance.choice(words), note_id=chance.randint(1, 25))
        reader.folder_id = chance.choice([None, *range(1, 7)])
        reader.save(using=using)
    for share in ENTRIES:
        values = {name: getattr(share, name) for name in Share.__slots__}
        ShareRow.objects.using(using).create(**values)
    for key in (1, 3):
        Cover.objects.using(using).create(folder_id=key, colour=chance.choice(words))


@pytest.fixture(scope="module")
def rows() -> Iterator[str]:
    with tables(*MADE):
        fill("default")
        yield "default"


def agree(policy: Policy, using: str = "default") -> int:
    """Compare all readings; return how many rows are listed."""
    around = ("folder__parent", "folder__cover", "folder__children", "other", "readers__folder")
    entries = list(Entry.objects.using(using).prefetch_related(*around, "tags__notes__folder"))
    seen = 0
    for number, me in enumerate(subjects(policy, ENTRIES)):
        ctx = policy.context(now=[10, 30, None][number])
        for action in ("read", "update"):
            listed = [row.pk for row in policy.select(me, action, Entry, ctx).using(using)]
            assert len(listed) == len(set(listed))
            seen += len(listed)
            for row in entries:
                verdict = policy.check(me, action, row, ctx).allowed
                assert verdict == (row.pk in listed), (action, row.pk)
                assert verdict == plain.allowed(policy.plans[Entry, action], me, row, ctx)
                assert verdict == policy.decide(me, action, row, ctx).allowed
    return seen


@pytest.mark.requirement("access:L2:leaves")
@pytest.mark.requirement("access:L6:absent-parents")
@pytest.mark.parametrize(
    ("name", "beside"),
    [*((name, False) for name in RULES), *((name, True) for name in RULES if "shared" in name)],
)
def test_a_rule_about_other_rows_has_one_answer(rows, name, beside):
    """`beside`: the shares stand in a table beside the rows, else they come with the subject."""
    agree(library(name, on=Entry, shares=ShareRow) if beside else library(name, on=Entry), rows)


@pytest.mark.requirement("access:L8:exact-strings")
def test_rules_about_other_rows_have_one_answer_on_postgresql(postgres_url):
    with database("related", postgres_url) as alias, tables(*MADE, using=alias):
        fill(alias)
        for name in sorted(RULES)[::3]:
            agree(library(name, on=Entry, shares=ShareRow), alias)


@pytest.mark.requirement("access:L7:no-joins")
@pytest.mark.parametrize("name", RULES)
def test_no_join_of_the_listed_rows_and_no_distinct_is_added(name):
    """Only the table between two many-to-many ones is joined, inside of an EXISTS."""
    policy = library(name, on=Entry, shares=ShareRow)
    text = str(
        policy.select(next(subjects(policy, ENTRIES)), "read", Entry, policy.context(now=1)).query
    )
    assert " JOIN " not in text.partition(" WHERE ")[0]
    assert " JOIN " not in text or "tags" in text
    assert "DISTINCT" not in text.replace("IS DISTINCT FROM", "").replace(
        "IS NOT DISTINCT FROM", ""
    )


def test_what_the_rules_read_is_loaded_with_the_row(rows):
    policy = library("readers' folders meet readers", on=Entry)
    me = next(subjects(policy, ENTRIES))
    (row,) = policy.get(me, "update", Entry, 1).statement
    with CaptureQueriesContext(connection) as sent:
        policy.check(me, "update", row)
    assert len(sent) == 0


ODD_PATHS = {
    "a row's only child": lambda _me, n: n.folder.cover.colour == n.owner,
    "no only child": lambda _me, n: n.folder.cover == None,  # noqa: E711 - a condition
    "children of a parent": lambda me, n: n.folder.children.owner.has(me.id),
    "the other way of many to many": lambda _me, n: n.tags.notes.owner.has("bo"),
    "not the other way": lambda me, n: ~n.tags.notes.folder.owner.has(me.id),
}


@pytest.mark.parametrize("name", ODD_PATHS)
def test_every_kind_of_relation_is_followed(rows, name):
    policy = Policy(
        roles={"admin": ["user"], "user": []},
        subject={"team": str, "groups": frozenset[str], "rank": int},
        context={"now": int},
    )
    policy.allow("read", "update", on=Entry, when=ODD_PATHS[name])(everything)
    assert agree(policy, rows)


def everything(_me):
    """Every row."""
    return True


def test_a_row_that_is_not_stored_has_no_children_and_its_named_parent(rows):
    policy = library("readers have me", on=Entry)
    me = next(subjects(policy, ENTRIES))
    assert not policy.check(me, "read", Entry(id=500)).allowed
    tagged = library("tags do not meet", on=Entry)
    assert tagged.check(me, "read", Entry(id=1)).allowed
    alike = library("no parent", on=Entry)
    assert alike.check(me, "read", Entry(folder_id=99)).allowed
    assert not alike.check(me, "read", Entry(folder_id=1)).allowed


def test_a_share_names_a_uuid_with_hyphens(rows):
    key = UUID("01234567-89ab-cdef-0123-456789abcdef")
    policy = Policy(shares=ShareRow, context={"now": int})

    @policy.allow("read", on=Paper)
    def shared(me, paper):
        """Shared."""
        return paper.shared("editor", me)

    Paper.objects.create(id=key)
    ShareRow.objects.create(
        resource_type="paper", resource_id=str(key), relation="editor", subject_id="bo"
    )
    assert [row.pk for row in policy.select(policy.subject("bo"), "read", Paper)] == [key]
    assert not policy.select(policy.subject("cy"), "read", Paper).exists()
    assert not policy.select(policy.subject("bo", tenant="t"), "read", Paper).exists()


def test_many_shares_of_uuids_that_come_with_the_subject_are_a_list(rows):
    """A long list of texts or numbers travels as JSON, which has no UUIDs."""
    policy = Policy(context={"now": int})

    @policy.allow("read", on=Paper)
    def shared(me, paper):
        """Shared."""
        return paper.shared("editor", me)

    keys = [UUID(int=number + 1) for number in range(django_leaves.IN_PARAMETERS_MAX + 1)]
    held = [Share("paper", str(key), "editor", subject_id="bo") for key in keys]
    Paper.objects.create(id=keys[-1])
    Paper.objects.create(id=UUID(int=2**100))
    me = policy.subject("bo", shares=held)
    assert [row.pk for row in policy.select(me, "read", Paper)] == [keys[-1]]


def test_a_table_that_cannot_hold_shares_is_refused():
    with pytest.raises(PolicyError, match="no column 'resource_type'"):
        library("shared", on=Entry, shares=Tag)
    with pytest.raises(PolicyError, match="give a model of Django's"):
        library("shared", on=Entry, shares="share")


def test_relations_without_a_model_of_their_own_are_not_followed():
    with isolate_apps("tests.django_site", "django.contrib.contenttypes"):

        class Plain(models.Model):
            size = models.IntegerField()

            class Meta:
                app_label = "site"

        assert lower.relation(Plain, "size") is None
        assert lower.relation(Plain, "objects") is None


def test_an_opaque_predicate_states_its_condition(rows):
    stated = lambda model: models.Q(owner="bo") if model is Entry else None  # noqa: E731 - as users write it
    for positive, seen in ((True, "bo"), (False, None)):
        predicate = lower.Opaque("entry.odd", lambda *_: True, True, stated, positive)
        found = Entry.objects.filter(lower.where(Entry, predicate))
        assert {row.owner == "bo" for row in found} == {seen == "bo"}
        assert found.count() == sum((row.owner == "bo") is positive for row in Entry.objects.all())
