"""What the server imports before its first answer.

Source: users.md U102; ARCHITECTURE section 2.
"""

import subprocess
import sys

import pytest

LATER = {"alembic", "asyncpg", "fastapi", "httpcore2", "httpx", "httpx2", "pydantic", "rich"}
# Of the standard library and of ours: for servers that send mail, fetch documents or decide.
ONLY_FOR_SOME = {
    "email.headerregistry",
    "smtplib",
    "watchword.access.authzen",
    "watchword.access.policy",
    "watchword.net.fetcher",
    "watchword.server.mail.worker",
    "watchword.server.management.api",
    "watchword.server.pdp",
}


@pytest.mark.requirement("server:U102:import-budget")
def test_server_starts_without_what_it_may_never_need():
    program = "import sys, watchword.server.app, watchword.server.serve; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    imported = set(run.stdout.split())
    assert not {name.partition(".")[0] for name in imported} & LATER
    assert not imported & ONLY_FOR_SOME


def test_settings_come_without_pages_and_store():
    program = "import sys; from watchword.server import Settings; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    imported = {name.partition(".")[0] for name in run.stdout.split()}
    assert not imported & (LATER | {"jinja2", "sqlalchemy", "starlette", "uvicorn"})


def test_room_has_only_the_names_that_it_lists():
    import watchword.server  # noqa: PLC0415  # the attribute access is the test

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = watchword.server.nonsense
    assert watchword.server.Settings().port == 8000
