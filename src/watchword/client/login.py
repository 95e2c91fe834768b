"""A user's login as an `Auth`: logs in, sends the header, refreshes, retries once on 401.

The exchanges travel through the HTTP client that sends the request itself, with its TLS settings,
timeouts and transport, as requests of its authentication flow.

Source: oauth.md section 6 (login API, challenge endpoint); RFC 6749 section 6; RFC 6750 section
2.1; users.md U5.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from watchword.base import chance
from watchword.base.clock import SYSTEM, Clock
from watchword.base.secrets import Secret
from watchword.client.answer import asked_step, received_pair
from watchword.client.bases import AuthBase, Request, Response, SentOnce
from watchword.client.endpoints import (
    Call,
    ChallengeAPI,
    Endpoints,
    LoginAPI,
    listed,
    metadata_calls,
)
from watchword.client.errors import LoginFailed
from watchword.client.flight import Flight, Pair, Tokens
from watchword.client.origin import Reach

__all__ = ["Login", "SecondFactor"]

STEPS_MAX = 3  # of second factors in one login; a mistyped code is asked for again

T = TypeVar("T")

# Called with the kinds that the server takes; returns a parameter of the login API and its value.
SecondFactor = Callable[[tuple[str, ...]], tuple[str, str]]

# What a flow asks its driver for: send this request, or wait for that flight.
Flow = Generator[Request | Flight, Response | None, T]


class Login(AuthBase):
    """A username and a password, used as `auth=` of httpx2 or httpx, sync or async (asyncio).

    The tokens go to the issuer and to the API only: the origin of `resource` where that is a URL,
    what `api` lists, or else the origin of the first request. Share one `Login` between threads,
    tasks and clients: they share its tokens, and one exchange is in flight at a time.

    Args:
        issuer: the server's URL, such as `https://id.example.com` or `http://127.0.0.1:8000/auth`.
        username: as the person would type it.
        password: kept masked, and sent to the issuer only.
        by: "login" posts to the issuer's `/login`. "challenge" goes by its authorization challenge
            endpoint and redeems the code of it (PKCE) at `/token`. "metadata" asks the issuer
            which it has, once, and goes by the challenge endpoint where it is listed.
        client_id: of this application; the server's default first-party client otherwise.
        scope: asked for at login; the server's default otherwise.
        resource: the API that the tokens are for; the server's default otherwise.
        api: origins of the API, where `resource` does not say it.
        second_factor: called where the account has one, with the kinds that the server takes
            ("totp", "recovery_code"); returns the parameter and what its person shows, such as
            ("otp", "492039"). A wrong answer is asked for again, three times in all.
        clock: measures the age of the tokens.

    Raises:
        LoginFailed: while a request is sent: the server refused, or did not answer as agreed.
        OriginRefused: the issuer is not https, or a request leaves the API.

    Source: oauth.md section 6.
    """

    def __init__(  # noqa: PLR0913  # keyword-only refinements of the three that matter
        self,
        issuer: str,
        username: str,
        password: str | Secret,
        *,
        by: Literal["login", "challenge", "metadata"] = "login",
        client_id: str | None = None,
        scope: str | None = None,
        resource: str | None = None,
        api: str | Iterable[str] = (),
        second_factor: SecondFactor | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        listed = [api] if isinstance(api, str) else list(api)
        if resource is not None and resource.startswith(("https://", "http://")):
            listed.append(resource)
        self._reach = Reach(issuer, listed)
        self._issuer = issuer.rstrip("/")
        self._username = username
        self._password = password if isinstance(password, Secret) else Secret(password)
        self._endpoints = _endpoints(by, self._issuer)
        self._client = {"client_id": client_id} if client_id else {}
        self._wishes = {
            name: value for name, value in (("scope", scope), ("resource", resource)) if value
        }
        self._second_factor = second_factor
        self._clock = clock
        self._tokens = Tokens()

    def __repr__(self) -> str:
        return f"Login({self._issuer!r}, {self._username!r})"

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Run the flow for a synchronous client."""
        flow = self._flow(request)
        try:
            step = next(flow)
            while True:
                if isinstance(step, Flight):
                    step.wait()
                    response = None
                else:
                    response = yield step
                    if step is not request:
                        response.read()
                step = flow.send(response)
        except StopIteration:
            return
        finally:
            flow.close()

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Run the flow for an asynchronous client."""
        flow = self._flow(request)
        try:
            step = next(flow)
            while True:
                if isinstance(step, Flight):
                    await step.wait_async()
                    response = None
                else:
                    response = yield step
                    if step is not request:
                        await response.aread()
                step = flow.send(response)
        except StopIteration:
            return
        finally:
            flow.close()

    def _flow(self, request: Request) -> Flow[None]:
        """Say what to send and what to wait for; the two drivers above do it."""
        self._reach.admit(request.url)
        pair = yield from self._usable_pair(request, refused=None)
        response = yield _authorised(request, pair)
        if response is None or response.status_code != 401 or not _can_be_sent_again(request):
            return
        pair = yield from self._usable_pair(request, refused=pair)
        yield _authorised(request, pair)

    def _usable_pair(self, request: Request, *, refused: Pair | None) -> Flow[Pair]:
        while True:
            seen = self._tokens.pair
            pair = self._tokens.usable(refused=refused, now=self._clock.monotonic())
            if pair is not None:
                return pair
            flight = self._tokens.take_off(seen)
            if flight is None:
                return (yield from self._exchange(request, seen))
            yield flight

    def _exchange(self, request: Request, seen: Pair | None) -> Flow[Pair]:
        """Refresh, or log in where there is nothing to refresh with."""
        pair, kept = None, seen
        try:
            if seen is not None and seen.refresh_token is not None:
                pair = yield from self._refresh(request, seen.refresh_token)
                kept = None
            if pair is None:
                pair = yield from self._log_in(request)
        except LoginFailed as failure:
            self._tokens.fail(failure, kept)
            raise
        except BaseException:
            self._tokens.give_up()
            raise
        self._tokens.land(pair)
        return pair

    def _refresh(self, request: Request, refresh_token: Secret) -> Flow[Pair | None]:
        """Return the next pair, or None where the server takes this refresh token no more."""
        endpoints = yield from self._found(request)
        sent_at = self._clock.monotonic()
        members = {"refresh_token": refresh_token.reveal(), **self._client}
        response = yield from self._send(request, endpoints.refresh(members))
        if response.status_code in {400, 401}:
            return None
        return received_pair(response.status_code, response.headers, response.content, now=sent_at)

    def _log_in(self, request: Request) -> Flow[Pair]:
        endpoints = yield from self._found(request)
        verifier = chance.new_secret(chance.SYSTEM)
        members = {"username": self._username, "password": self._password.reveal()}
        sent_at = self._clock.monotonic()
        first = endpoints.begin({**members, **self._client, **self._wishes}, verifier)
        response = yield from self._send(request, first)
        for _ in range(STEPS_MAX):
            step = asked_step(response.status_code, response.content)
            if step is None or self._second_factor is None:
                break
            name, shown = self._second_factor(step.kinds)
            answer = {"auth_session": step.auth_session.reveal(), name: shown, **self._client}
            sent_at = self._clock.monotonic()
            response = yield from self._send(request, endpoints.go_on(answer))
        proof = {"code_verifier": verifier.reveal(), **self._client}
        exchange = endpoints.redeem(response.status_code, response.content, proof)
        if exchange is not None:
            sent_at = self._clock.monotonic()
            response = yield from self._send(request, exchange)
        return received_pair(response.status_code, response.headers, response.content, now=sent_at)

    def _found(self, request: Request) -> Flow[Endpoints]:
        """Return where to go, which the metadata says where nobody else did."""
        if self._endpoints is None:
            self._endpoints = yield from self._listed(request)
        return self._endpoints

    def _listed(self, request: Request) -> Flow[Endpoints]:
        status = None
        for call in metadata_calls(self._issuer):
            response = yield from self._send(request, call)
            status = response.status_code
            if status == 200:  # OK
                return listed(self._issuer, response.content)
        text = "the issuer shows no metadata; is this its exact URL?"
        raise LoginFailed(text, code="bad_metadata", status=status)

    def _send(self, request: Request, call: Call) -> Flow[Response]:
        headers = {"Host": urlsplit(call.url).netloc, "Accept": "application/json"}
        if call.media_type is not None:
            headers["Content-Type"] = call.media_type
            headers["Content-Length"] = str(len(call.body))
        # A request of the same library as the one that is being authorised.
        exchange = type(request)(
            "GET" if call.media_type is None else "POST",
            call.url,
            headers=headers,
            stream=SentOnce(call.body),
            extensions={k: v for k, v in request.extensions.items() if k == "timeout"},
        )
        asked = exchange.url
        response = yield exchange
        if response is None:
            raise TypeError("the HTTP client sent no response into its authentication flow")
        if response.url != asked or 300 <= response.status_code < 400:
            raise LoginFailed(
                "the login endpoint redirected; give the issuer's exact URL",
                code="redirected",
                status=response.status_code,
            )
        return response


def _endpoints(by: str, issuer: str) -> Endpoints | None:
    """Return where to go; None where the metadata says it."""
    if by == "login":
        return LoginAPI(issuer)
    if by == "challenge":
        return ChallengeAPI.of(issuer)
    if by == "metadata":
        return None
    raise ValueError('by is "login", "challenge" or "metadata"')


def _authorised(request: Request, pair: Pair) -> Request:
    request.headers["Authorization"] = f"Bearer {pair.access_token.reveal()}"
    return request


def _can_be_sent_again(request: Request) -> bool:
    """Return whether the body is held in memory; a streamed one is spent after the first time."""
    try:
        request.content  # noqa: B018  # raises where the body was never read whole
    except RuntimeError:
        return False
    return True
