"""A real SQLite store to keep keys in."""

import asyncio
import shutil

import pytest

from watchword.stores import migrate, open_store


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory):
    directory = tmp_path_factory.mktemp("blank")
    asyncio.run(migrate(f"sqlite:///{directory}/store.db"))
    return directory


@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def store(run, blank_database, tmp_path):
    for path in blank_database.iterdir():
        shutil.copy(path, tmp_path)
    opened = run(open_store(f"sqlite:///{tmp_path}/store.db"))
    yield opened
    run(opened.close())
