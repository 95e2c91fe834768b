"""Bytes cut into rows, however they are cut into chunks, and never more than a row held."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.accounts.imports.candidate import RowRefused
from watchword.accounts.imports.containers import (
    ROW_BYTES_MAX,
    _decoded,
    csv_rows,
    json_objects,
    json_rows,
    ldif_rows,
    lines,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
objects = st.lists(st.dictionaries(st.text(max_size=6), values, max_size=4), max_size=5)


def cut(data, sizes):
    """Cut bytes into chunks of the given sizes, again and again."""
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at, turn = at + size, turn + 1


def told(rows):
    return [str(row) if isinstance(row, RowRefused) else row for row in rows]


@pytest.mark.requirement("users:U110:streaming")
@given(
    objects, st.lists(st.integers(1, 7), min_size=1, max_size=3), st.sampled_from(["all", "users"])
)
def test_objects_of_a_document_come_out_however_it_is_cut(given_objects, sizes, where):
    """users.md U110. The document may be the array, or have it as its member `users`."""
    document = given_objects if where == "all" else {
        "realm": "r", "roles": {"users": [{"no": 1}]}, "other": [{"no": 2}], "users": given_objects,
        "late": [[{"no": 3}]]}  # fmt: skip
    data = json.dumps(document).encode()
    assert told(json_objects(cut(data, sizes))) == given_objects


@given(objects, st.lists(st.integers(1, 7), min_size=1, max_size=3))
def test_lines_of_json_come_out_however_they_are_cut(given_objects, sizes):
    data = "\r\n".join(map(json.dumps, given_objects)).encode()
    assert told(json_rows(cut(data, sizes))) == given_objects


@given(st.binary(max_size=200), st.integers(1, 9))
def test_any_bytes_are_rows_or_refusals(data, size):
    for container in (csv_rows, json_rows, json_objects, ldif_rows):
        for row in container(cut(data, [size])):
            assert isinstance(row, dict | RowRefused)


@pytest.mark.requirement("users:U110:bounded-rows")
def test_long_line_is_refused_and_the_next_one_read():
    """A line without an end must not be held: the reader never keeps more than its limit."""
    endless = (b"x" * 65_536 for _ in range(64))
    assert told(lines(endless)) == ["the row is longer than 256 KiB"]
    data = [b'{"a": 1}\n', *[b"y" * 65_536] * 9, b'\n{"b": 2}']
    assert told(json_rows(data)) == [{"a": 1}, "the row is longer than 256 KiB", {"b": 2}]
    whole = [b'{"a": 1}\n' + b"y" * (ROW_BYTES_MAX + 1) + b'\n{"b": 2}\n']
    assert told(json_rows(whole)) == [{"a": 1}, "the row is longer than 256 KiB", {"b": 2}]


def test_long_object_ends_the_reading():
    data = [b'[{"a": 1}, {"b": "', *[b"y" * 65_536] * 9, b'"}, {"c": 3}]']
    assert told(json_objects(data)) == [
        {"a": 1}, "an object is longer than 256 KiB: what follows it is not read"]  # fmt: skip


def test_document_that_ends_early_is_told():
    assert told(json_objects([b'[{"a": 1}, {"b"'])) == [
        {"a": 1}, "the document ends within an object"]  # fmt: skip
    assert told(json_objects([b'{"users": ['])) == ["the document ends within an object"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[1]", "the row is no JSON object"),
        (b'{"a": 1, "a": 2}', "JSON names a member twice"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": NaN}', "JSON holds NaN or Infinity"),
    ],
)
def test_row_that_is_no_strict_json_is_refused(data, reason):
    assert told(json_rows([data])) == [reason]


def test_blank_lines_between_rows_are_no_rows():
    assert told(json_rows([b'{"a": 1}\n\n  \n{"a": 2}\n'])) == [{"a": 1}, {"a": 2}]


def test_csv_is_read_by_its_header():
    data = '\ufeffName, Email\r\nalice,a@example.org\r\n"b\nob","x""y"\r\n\r\n'.encode()
    assert told(csv_rows([data])) == [
        {"name": "alice", "email": "a@example.org"}, {"name": "b\nob", "email": 'x"y'}]  # fmt: skip


def test_csv_rows_that_are_none_are_refused():
    data = b'name,email\nalice\nb,c,d\n\xff,x\n"open'
    assert told(csv_rows([data])) == [
        "the row has another number of cells than the header",
        "the row has another number of cells than the header",
        "the row is not UTF-8",
        "the row is not CSV",
    ]
    assert told(csv_rows([b"name\n" + b"x" * 140_000 + b"\nbob\n"])) == [
        "the row is not CSV", {"name": "bob"}]  # fmt: skip


def test_ldif_is_unfolded_and_decoded():
    data = (
        b"version: 1\n\n# a comment\ndn: uid=ada,dc=example\nuid: ada\ncn:: QWRhIEzDqXY=\n"
        b"mail: ada@exam\n ple.org\nmail: second@example.org\nuserPassword:: e1NTSEF9eA==\n\n\n"
        b"uid;lang-en: bob\nno line\n\nuid:: ///\n\nuid:: //8=\n"
    )
    assert told(ldif_rows([data])) == [
        {"version": "1"},
        {"dn": "uid=ada,dc=example", "uid": "ada", "cn": "Ada Lév", "mail": "ada@example.org",
         "userpassword": "{SSHA}x"},
        "a line of the entry is no LDIF",
        "a value of the entry is no text",
        "a value of the entry is no text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"", []),
        (b"uid: ada\n\n", [{"uid": "ada"}]),
        (b"uid: ada\n# numEntries: 1", [{"uid": "ada"}]),
        (b"uid: ada\n\n# numEntries: 1\n", [{"uid": "ada"}]),
        (b" behind nothing\nuid: ada\n", ["a line of the entry is no LDIF"]),
    ],
)
def test_ldif_ends_and_begins_as_programs_write_it(data, rows):
    assert told(ldif_rows([data])) == rows


def test_ldif_value_cannot_grow_beyond_a_row():
    data = [b"uid: a\ncn: ", *[b"y" * 60_000 + b"\n " for _ in range(9)], b"\n\nuid: b\n"]
    assert told(ldif_rows(data)) == ["the row is longer than 256 KiB", {"uid": "b"}]


def test_lines_that_were_refused_are_put_aside_and_the_others_read():
    refused = []
    too_long = RowRefused("the row is too long")
    assert [*_decoded(iter([b"name", too_long, b"\xff", b"ada"]), refused)] == ["name\n", "ada\n"]
    assert refused[0] is too_long
    assert len(refused) == 2
