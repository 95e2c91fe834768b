"""A server with its people, and an administrator's browser."""

import pytest
from tests.pages.account.conftest import Browser, people_in
from tests.server.conftest import MovedClock, Started

from watchword.server.administration.scopes import AUDITOR
from watchword.server.app import AuthServer
from watchword.server.settings import Settings


@pytest.fixture
def started(tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/watchword.db", signing_alg="ES256")
    clock = MovedClock()
    with people_in(Started(AuthServer(settings, clock=clock), clock)) as running:
        yield running


@pytest.fixture
def ada(started):
    return Browser(started).sign_in("ada")


@pytest.fixture
def auditor(started):
    started.add_user("otto", AUDITOR)
    return Browser(started).sign_in("otto")


@pytest.fixture
def log(started):
    """Return a reader of what the audit log says, the newest entry first."""

    def read():
        entries = started.run(started.runtime.store.list_audit())
        return [(entry.deed.action.value, entry.author.reason) for entry in entries]

    return read
