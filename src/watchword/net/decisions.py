"""Questions to a decision point elsewhere: AuthZEN over HTTP.

    point = RemotePoint("https://pdp.example.com", authorization=basic("notes", secret))
    body = point.ask(Endpoint.EVALUATION, question, request_id="decision_...")

A point that does not answer is left alone for a moment, so that a hundred requests do not each wait
until their time is up. Nothing is remembered of an answer. What its metadata says is believed about
its own origin only: questions and credentials go to no other host that was not named here.

Source: AuthZEN Authorization API 1.0 sections 9.2, 10.1 and 11; security.md rules 89, 91 and 102.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from watchword.access.authzen.answers import Endpoint, MalformedAnswer, read_places
from watchword.base import strict_json
from watchword.base.clock import SYSTEM, Clock
from watchword.base.secrets import Secret
from watchword.net.address import Target, parse_target
from watchword.net.basic import basic
from watchword.net.document import Request, Sending
from watchword.net.errors import AddressRefused, BadAnswer, Crowded, Unreachable

__all__ = ["ANSWER_SECONDS_MAX", "Asking", "RemotePoint", "api_key", "basic"]

WELL_KNOWN = "/.well-known/authzen-configuration"
METADATA_BYTES_MAX = 64 * 1024
ANSWER_BYTES_MAX = 2 * 1024 * 1024  # a page of 10,000 ids, or 1,000 explained decisions
ANSWER_SECONDS_MAX = 3.0  # of one question: a caller waits for it
REST_SECONDS = 1.0  # after a silence


class Asking(Sending, Protocol):
    """Whoever sends requests and keeps connections: `KeepingFetcher`."""

    def close(self) -> None:
        """Close the connections that wait."""
        ...


class RemotePoint:
    """Asks one decision point. Shareable between threads; its connections stay open.

    Args:
        point: the exact identifier, an https URL (http to the machine itself).
        authorization: the value of the Authorization field: `basic(name, secret)`, `api_key(key)`.
            None where a client certificate is the proof, in the TLS context of `fetcher`.
        places: where it answers what, for a point that publishes no metadata.
        origins: hosts beside that of `point` which its metadata may name, as
            `https://answers.example.com`. They get the questions, and `authorization`.
        fetcher: for private networks, authorities and client certificates: a `KeepingFetcher`.
        clock: measures the rest after a silence.

    Raises:
        AddressRefused: the identifier or an origin is no URL that may be reached.
    """

    __slots__ = (
        *("_authorization", "_clock", "_fetcher", "_found", "_origins", "_places"),
        "_resting_until",
        "identifier",
    )

    def __init__(
        self,
        point: str,
        *,
        authorization: Secret | None = None,
        places: Mapping[Endpoint, str] | None = None,
        origins: Iterable[str] = (),
        fetcher: Asking | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._origins = frozenset(_origin(parse_target(each)) for each in (point, *origins))
        if fetcher is None:
            # The own fetcher stands on an optional library.
            from watchword.net.keeping import keeping_fetcher_for  # noqa: PLC0415

            fetcher = keeping_fetcher_for(point)
        self.identifier = point
        self._authorization = authorization
        self._places = places
        self._found: Mapping[Endpoint, str] | None = None  # in its metadata
        self._fetcher = fetcher
        self._clock = clock
        self._resting_until = 0.0  # on the monotonic clock

    def offers(self, endpoint: Endpoint) -> bool:
        """Whether the point answers such questions. Asks for its metadata where that is unknown.

        Raises:
            FetchFailed: nothing says so.
        """
        return endpoint in self._where()

    def ask(self, endpoint: Endpoint, question: Mapping[str, object], *, request_id: str) -> object:
        """Ask, and return the JSON value of the answer. Blocks for some seconds at most.

        Args:
            endpoint: which the point offers.
            question: the body.
            request_id: by which both logs name it (section 10.1.3).

        Raises:
            FetchFailed: nothing answers, or with another status than 200, or no JSON.
        """
        where = self._where().get(endpoint)
        if where is None:
            raise BadAnswer(f"the decision point offers no {endpoint.value}")
        headers = {"Content-Type": "application/json", "X-Request-ID": request_id}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization.reveal()
        request = Request(
            url=where,
            method="POST",
            headers=headers,
            body=json.dumps(question).encode(),
            bytes_max=ANSWER_BYTES_MAX,
            seconds_max=ANSWER_SECONDS_MAX,
        )
        return self._body(request)

    def close(self) -> None:
        """Close the connections that are kept; the next question makes others."""
        self._fetcher.close()

    def _where(self) -> Mapping[Endpoint, str]:
        places = self._places or self._found
        if places is None:
            request = Request(
                url=_metadata_url(self.identifier),
                bytes_max=METADATA_BYTES_MAX,
                seconds_max=ANSWER_SECONDS_MAX,
            )
            try:
                places = read_places(self._body(request), self.identifier)
            except MalformedAnswer as fault:
                raise BadAnswer(str(fault), detail=f"asked for {self.identifier}") from None
            for place in places.values():
                self._check_origin(place)
            self._found = places
        return places

    def _check_origin(self, place: str) -> None:
        """Refuse an address of the metadata that nobody here named."""
        origin = _origin(parse_target(place))
        if origin not in self._origins:
            raise AddressRefused(
                f"the decision point {self.identifier} names {origin} for its answers: "
                f'RemotePoint(..., origins=["{origin}"]) lets questions and credentials go there'
            )

    def _body(self, request: Request) -> object:
        if self._clock.monotonic() < self._resting_until:
            raise Unreachable("the decision point did not answer a moment ago")
        try:
            answer = self._fetcher.send(request)
        except Crowded:
            raise  # our own crowd; the point may be well
        except Unreachable:
            self._resting_until = self._clock.monotonic() + REST_SECONDS
            raise
        if answer.status in _ELSEWHERE:
            self._found = None  # the next question looks where it is
        if answer.status != 200:
            raise BadAnswer(f"the decision point answers with status {answer.status}, not 200")
        try:
            return strict_json.loads(answer.body, bytes_max=request.bytes_max)
        except strict_json.MalformedJSON as error:
            raise BadAnswer(f"the answer of the decision point is refused: {error}") from None


_ELSEWHERE = frozenset({301, 302, 307, 308, 404, 410})


def api_key(key: Secret | str) -> Secret:
    """Return the value of the Authorization field for an API key or an access token."""
    return Secret(f"Bearer {key.reveal() if isinstance(key, Secret) else key}")


def _origin(target: Target) -> str:
    """Return whom an address is of. Host and port are compared as they are used."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{target.scheme}://{host}:{target.port}"


def _metadata_url(point: str) -> str:
    """Return where the metadata is: the well-known path stands before that of the tenant."""
    parts = urlsplit(point)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"
