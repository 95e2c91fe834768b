"""The file with the sealing key."""

import threading

import pytest

from watchword.base import chance
from watchword.base.secrets import same
from watchword.server.errors import ConfigurationError
from watchword.server.key_file import make_key_file, read_key_file


def test_made_key_is_read_back_and_private(tmp_path):
    path = tmp_path / "watchword.key"
    key = make_key_file(path, chance.SYSTEM)
    assert same(read_key_file(path).to_text(), key.to_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_existing_key_stays(tmp_path):
    path = tmp_path / "watchword.key"
    first, second = make_key_file(path, chance.SYSTEM), make_key_file(path, chance.SYSTEM)
    assert same(first.to_text(), second.to_text())


def test_many_first_starts_get_one_key(tmp_path):
    path = tmp_path / "watchword.key"
    barrier = threading.Barrier(8)
    keys = []

    def start():
        barrier.wait()
        keys.append(make_key_file(path, chance.SYSTEM).to_text().reveal())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert len(keys) == 8


@pytest.mark.requirement("server:105:world-readable-key")
def test_key_that_others_can_read_is_refused(tmp_path):
    """security.md rule 105."""
    path = tmp_path / "watchword.key"
    make_key_file(path, chance.SYSTEM)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("content", [b"", b"short", b"!" * 43, b"\xff" * 43])
def test_what_is_no_key_is_refused(tmp_path, content):
    path = tmp_path / "watchword.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="holds no sealing key"):
        read_key_file(path)


def test_missing_and_unwritable_places_are_named(tmp_path):
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_key_file(tmp_path / "absent.key")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_key_file(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        make_key_file(tmp_path / "no" / "such" / "directory.key", chance.SYSTEM)
    assert list(tmp_path.iterdir()) == []
