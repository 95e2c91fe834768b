"""What `tools/nightly.py` does with chunks that are done, left, or failing."""

import pytest

TEST = """
import os
from pathlib import Path

def test_chunk():
    seed = os.environ["WATCHWORD_SEED"]
    with Path(os.environ["SEEN"]).open("a") as seen:
        seen.write(f"{seed}:{os.environ['COUNT']} ")
    assert seed != os.environ.get("BROKEN")
"""
# Each chunk is a pytest of its own; one process of it, with the one plugin of its command line.
ALONE = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "xdist.plugin",
    "PYTEST_XDIST_AUTO_NUM_WORKERS": "0",
}


@pytest.fixture
def night(tool, tmp_path, monkeypatch):
    """Return a function that runs the tool over one small campaign, and what its chunks saw."""
    nightly = tool("nightly")
    tests, seen = tmp_path / "test_small.py", tmp_path / "seen"
    tests.write_text(TEST)
    seen.touch()
    small = nightly.Campaign("small", str(tests), "COUNT", 7, 3, {"SEEN": str(seen), **ALONE})
    monkeypatch.setattr(nightly, "CAMPAIGNS", (small,))
    monkeypatch.setattr(nightly, "STATE", tmp_path / "state")
    monkeypatch.setattr(nightly, "ROOT", tmp_path)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["nightly", *words])
        status = nightly.main()
        return status, seen.read_text().split()

    return run


def test_a_run_goes_on_where_the_last_one_ended(night):
    assert night("--chunks", "1") == (0, ["0:7"])
    assert night() == (0, ["0:7", "1:7", "2:7"])
    assert night() == (0, ["0:7", "1:7", "2:7"])


def test_a_failing_chunk_ends_the_run_names_its_seed_and_comes_again(night, monkeypatch, capsys):
    monkeypatch.setenv("BROKEN", "1")
    assert night() == (1, ["0:7", "1:7"])
    assert "WATCHWORD_SEED=1" in capsys.readouterr().out
    monkeypatch.delenv("BROKEN")
    assert night() == (0, ["0:7", "1:7", "1:7", "2:7"])


def test_an_unknown_campaign_is_refused(night, capsys):
    with pytest.raises(SystemExit):
        night("smal")
    assert "there are small" in capsys.readouterr().err
