"""Asking a deployment as a client, a browser or a stranger would. Failures become answers of None.

Source: oauth.md section 17; security.md rule 102 (one fetcher).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from watchword.base import strict_json
from watchword.base.clock import Clock
from watchword.net.document import Answer, Request, Sending
from watchword.net.errors import FetchFailed

__all__ = ["ORIGIN", "Outside", "is_html", "members_of"]

ORIGIN = "https://doctor.invalid"  # RFC 6761 section 6.4: a name that nobody has
BYTES_MAX = 256 * 1024


@dataclass(slots=True)
class Outside:
    """Sends requests, and remembers why the last one failed."""

    fetcher: Sending
    clock: Clock
    failures: dict[str, str] = field(default_factory=dict)  # by address

    def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer | None:
        """Return the answer, whatever its status; None where there was none."""
        try:
            return self.fetcher.send(
                Request(
                    url=url, method=method, headers=headers or {}, body=body, bytes_max=BYTES_MAX
                )
            )
        except FetchFailed as error:
            self.failures[url] = f"{error} {error.detail}".rstrip()
            return None

    def skew_seconds(self, answer: Answer) -> int:
        """Return by how much the clocks differ, as far as the answer tells."""
        try:
            told = parsedate_to_datetime(answer.header("date"))
        except ValueError:
            return 0
        return int(abs(told.timestamp() - self.clock.now()))


def is_html(answer: Answer) -> bool:
    """Return whether an answer is a page."""
    return answer.header("content-type").lower().startswith(("text/html", "application/xhtml"))


def members_of(answer: Answer | None) -> Mapping[str, object] | None:
    """Return the members of a JSON document; None for anything else."""
    if answer is None or answer.status != 200:
        return None
    try:
        found = strict_json.loads(answer.body, bytes_max=BYTES_MAX)
    except strict_json.MalformedJSON:
        return None
    return found if isinstance(found, dict) else None
