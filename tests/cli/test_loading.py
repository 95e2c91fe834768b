"""Importing commands. Source: users.md U26; decisions/0260."""

import gc
import sys

import pytest

from watchword.cli.loading import load


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module that notes whether garbage was looked for when it was imported."""
    (tmp_path / "a_command.py").write_text("import gc\nCOLLECTED = gc.isenabled()\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "a_command"
    sys.modules.pop("a_command", None)
    gc.unfreeze()


def test_nothing_is_collected_while_a_module_is_imported(module):
    loaded = load(module)
    assert not loaded.COLLECTED
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_module_that_is_there_changes_nothing(module):
    loaded = load(module)
    gc.unfreeze()
    assert load(module) is loaded
    assert gc.get_freeze_count() == 0


def test_collections_that_are_off_stay_off(module):
    gc.disable()
    try:
        load(module)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_module_that_fails_leaves_collections_on():
    with pytest.raises(ModuleNotFoundError):
        load("watchword.cli.nothing")
    assert gc.isenabled()
    gc.unfreeze()
