"""Names of a door, imported when first used. Source: PEP 562."""

import sys
from types import ModuleType

import pytest

from watchword.base.lazy import lazy_names


@pytest.fixture
def door(monkeypatch):
    module = ModuleType("a_door")
    monkeypatch.setitem(sys.modules, "a_door", module)
    names = ["encode", "read_json", "SYSTEM"]
    homes = {"base.base64url": ("encode",), "base.strict_json": ("loads as read_json",)}
    module.__getattr__, module.__dir__ = lazy_names("a_door", names, homes, rest="base.clock")
    return module


def test_a_name_comes_from_its_home_and_stays(door):
    assert door.encode(b"hi") == "aGk"
    assert "encode" in vars(door)


def test_a_name_may_be_another_in_its_home(door):
    assert door.read_json(b"[1]", bytes_max=9) == [1]


def test_a_name_without_a_home_comes_from_the_rest(door):
    assert door.SYSTEM.now() > 0


def test_what_is_not_public_is_no_attribute(door):
    with pytest.raises(AttributeError, match="'a_door' has no attribute 'decode'"):
        door.decode  # noqa: B018 - the look-up is what is tested
    assert dir(door) == ["SYSTEM", "encode", "read_json"]


def test_a_module_of_the_doors_own_may_be_a_name(monkeypatch):
    door = ModuleType("watchword.base")
    monkeypatch.setitem(sys.modules, "watchword.base", door)
    door.__getattr__, door.__dir__ = lazy_names("watchword.base", ["clock"], {}, modules=("clock",))
    assert door.clock is sys.modules["watchword.base.clock"]
    assert "clock" in vars(door)
