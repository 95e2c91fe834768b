"""Nothing that is held about a user is forgotten, and no secret leaves."""

import pytest

from watchword.accounts.person.export import ROWS_MAX
from watchword.stores.schema import metadata, refresh_tokens, shares, tenants, users
from watchword.stores.verbs.accounts.export import SECTIONS, WITHHELD, read_holdings

# Rows that hold nothing of a person that their owner's other rows do not say.
NOT_ABOUT_A_PERSON = {"challenges", "signups"}
KNOWS_THE_USER = [
    table
    for table in metadata.sorted_tables
    if "user_id" in table.c or table in (users, refresh_tokens, shares)
]


@pytest.mark.requirement("users:U39:export-complete")
def test_every_table_that_knows_a_user_is_exported():
    exported = {section.table.name for section in SECTIONS}
    assert tenants.name not in exported
    assert {table.name for table in KNOWS_THE_USER} - NOT_ABOUT_A_PERSON == exported


@pytest.mark.requirement("users:U39:export-complete")
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_column_goes_or_is_said_to_stay(section):
    stays = frozenset().union(*WITHHELD.values())
    exported = {column.name for column in section.columns}
    assert exported.isdisjoint(stays)
    assert {column.name for column in section.table.columns} <= exported | stays


@pytest.mark.requirement("security:96:no-secret-leaves")
def test_no_hash_key_or_sealed_text_is_exported():
    names = {column.name for section in SECTIONS for column in section.columns}
    told = ("hash", "secret", "sealed", "key", "bound")
    assert not [name for name in names if any(word in name for word in told)]


@pytest.mark.requirement("users:U39:export-says-where-it-was-cut")
def test_section_of_too_many_rows_says_that_it_was_cut():
    verb = read_holdings("default", "user_1")
    next(verb)
    try:
        for section in SECTIONS:
            rows = ROWS_MAX + 1 if section.name == "events" else ROWS_MAX
            verb.send([tuple(section.columns)] * rows)
    except StopIteration as end:
        holdings = end.value
    assert {len(holding.rows) for holding in holdings} == {ROWS_MAX}
    assert [holding.section for holding in holdings if holding.is_cut] == ["events"]
