"""Logs: one line a request without its query, and failures with the id that the peer was told.

Nothing that came in a body, a query, a cookie or an `Authorization` header is written.

Source: security.md rules 48, 99 and 110, section 9 (uvicorn's own access log prints the query).
"""

import logging
import sys
from datetime import UTC, datetime

from watchword.base.log_text import one_line

__all__ = ["ACCESS", "FAILURES", "LineFormatter", "configure_logging"]

ACCESS = logging.getLogger("watchword.access")
FAILURES = logging.getLogger("watchword.server")


class LineFormatter(logging.Formatter):
    """Time in UTC, level, logger, message: one line, whoever logged it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the traceback where there is one."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        message = one_line(record.getMessage())
        line = f"{at}Z {record.levelname.lower():7} {record.name}: {message}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def configure_logging(level: int = logging.INFO) -> None:
    """Write the server's logs to stderr.

    For `watchword serve`; an embedding application has its own handlers.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    for name in ("watchword", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
