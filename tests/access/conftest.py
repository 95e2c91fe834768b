from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session
from tests.access.example import Notes, notes, three_notes


@pytest.fixture
def people() -> Notes:
    """The notes policy with its people: bo and cy are users, ana is admin, di is suspended."""
    return notes()


@pytest.fixture
def db() -> Iterator[Session]:
    """A session on three notes."""
    engine = three_notes()
    with Session(engine) as session:
        yield session
    engine.dispose()
