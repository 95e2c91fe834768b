"""Fresh databases for the tests of the store, on both kinds."""

import asyncio
from pathlib import Path

import pytest

from watchword.stores import migrate


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Make a migrated store file for one test."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    asyncio.run(migrate(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Make a migrated database of each kind for one test."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    url = request.getfixturevalue("postgres_url")
    asyncio.run(migrate(url))
    return url
