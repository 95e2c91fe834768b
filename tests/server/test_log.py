"""What the logs hold, and what they never hold."""

import asyncio
import io
import logging

import pytest

from watchword.base.clock import SYSTEM
from watchword.server.access_log import logged
from watchword.server.failures import Failure, log_failure
from watchword.server.log import ACCESS, LineFormatter, configure_logging


@pytest.fixture
def loggers_as_before():
    names = ("watchword", "uvicorn", "uvicorn.error", "uvicorn.access")
    kept = {
        name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in names
    }
    yield
    for name, (handlers, level) in kept.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate, logger.disabled = handlers, True, False
        logger.setLevel(level)


def record(message, *args, error=None):
    exc_info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("watchword.x", logging.ERROR, "", 0, message, args, exc_info)
    made.created = 1_700_000_000.25
    return made


def test_line_has_time_level_and_logger():
    line = LineFormatter().format(record("%s came", "it"))
    assert line == "2023-11-14T22:13:20.250Z error   watchword.x: it came"


def test_message_cannot_forge_a_second_line():
    """ASVS V16.4.1."""
    assert "\n" not in LineFormatter().format(record("path /a\n2023 fake"))


def test_traceback_follows_the_line():
    try:
        raise ValueError("boom")
    except ValueError as error:
        text = LineFormatter().format(record("it broke", error=error))
    assert text.count("it broke") == 1
    assert text.endswith("ValueError: boom")


def test_configured_loggers_write_to_stderr(loggers_as_before, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging()
    ACCESS.info("hello")
    logging.getLogger("uvicorn.error").info("chatter")
    assert stream.getvalue().endswith("watchword.access: hello\n")


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def call(app, **scope):
    async def receive():
        return {"type": "http.request"}

    async def send(_message):
        pass

    asyncio.run(app({"type": "http", "method": "GET", "path": "/x", **scope}, receive, send))


@pytest.mark.requirement("server:48:no-query-in-log")
def test_access_log_has_no_query(caplog):
    """security.md rule 48."""
    caplog.set_level(logging.INFO, "watchword.access")
    call(logged(hello, SYSTEM), client=("192.0.2.1", 1), query_string=b"link=secret")
    assert caplog.messages[0].startswith("192.0.2.1 GET /x 200 ")
    assert "secret" not in caplog.text


def test_nothing_is_measured_while_nobody_reads(caplog):
    caplog.set_level(logging.WARNING, "watchword.access")
    call(logged(hello, SYSTEM))
    assert not caplog.messages


@pytest.mark.requirement("server:log:one-line")
def test_access_line_of_an_embedding_application_is_one_line(caplog):
    """Its formatter is not this room's."""
    caplog.set_level(logging.INFO, "watchword.access")
    call(logged(hello, SYSTEM), client=("192.0.2.1", 1), path="/x\n2023 INFO forged\x1b[2J")
    (message,) = caplog.messages
    assert message.startswith("192.0.2.1 GET /x\\n2023 INFO forged\\x1b[2J 200 ")


@pytest.mark.requirement("server:log:one-line")
def test_failure_line_of_an_embedding_application_is_one_line(caplog):
    caplog.set_level(logging.INFO, "watchword.server")
    failure = Failure(400, "invalid_request", "text", "failure_1", detail="of\nmany lines")
    log_failure(failure, method="GET", path="/x\r\nforged")
    assert "\n" not in caplog.messages[0]
    assert "\r" not in caplog.messages[0]
