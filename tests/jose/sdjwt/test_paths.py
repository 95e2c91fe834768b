"""Paths, as people write them."""

import pytest

from watchword import jwt
from watchword.jose.sdjwt.paths import fits, parse_paths, select

CLAIMS = {"a": {"b": 1, "c.d": 2}, "list": [{"x": 1}, {"x": 2}], "0": "zero", "pair": (1, 2)}


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("a.b", [("a", "b")]),
        ("a.*", [("a", "b"), ("a", "c.d")]),
        (("a", "c.d"), [("a", "c.d")]),
        ("list.1", [("list", 1)]),
        (("list", 1, "x"), [("list", 1, "x")]),
        ("list.*.x", [("list", 0, "x"), ("list", 1, "x")]),
        ("pair.0", [("pair", 0)]),
        ("0", [("0",)]),
        ("a.b.c", []),
        ("nothing", []),
        ("list.2", []),
    ],
)
def test_a_path_names_its_places(path, places):
    [steps] = parse_paths([path], "hide")
    assert list(select(CLAIMS, steps)) == places
    assert all(fits(steps, place) for place in places)


def test_a_path_names_neither_more_nor_less():
    assert not fits(("a",), ("a", "b"))
    assert not fits(("a", "b"), ("a",))
    assert not fits(("a", "b"), ("a", "c"))


@pytest.mark.parametrize("paths", ["email", [""], ["a..b"], [".a"], [()]])
def test_what_is_no_path_is_refused(paths):
    with pytest.raises(jwt.PolicyRefused, match="show="):
        parse_paths(paths, "show")
