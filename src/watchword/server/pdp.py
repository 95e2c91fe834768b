"""The policy decision point: five endpoints, and the document that says where they are.

    point = PolicyDecisionPoint(policy, {"record": Record}, open_tables(sessions))
    auth = AuthServer(settings, decisions=point)

Deciding is CPU work and the world may ask a database, so each request is answered in a thread of
its own. Every address comes from the configured issuer, never from the request (Z20).

Source: AuthZEN Authorization API 1.0 sections 6 to 11; access.md section 11 (Z1 to Z9, Z18 to Z20).
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from watchword.access import Policy
from watchword.access.authzen import pages
from watchword.access.authzen.answers import Endpoint
from watchword.access.authzen.parse import (
    Batch,
    InvalidQuestion,
    Question,
    Sought,
    read_batch,
    read_question,
    read_search,
)
from watchword.access.authzen.point import DecisionPoint, Outcome
from watchword.access.authzen.world import OpenWorld, World
from watchword.jose.jwt.expected import PLAIN
from watchword.jose.jwt.signer import Signer
from watchword.server.bodies import read_json
from watchword.server.decided import Decided
from watchword.server.endpoints.answers import json_answer
from watchword.server.errors import BodyTooLarge, ContentTypeRefused, MalformedBody
from watchword.server.failures import Kind
from watchword.server.pdp_acting import Acted
from watchword.server.pdp_callers import PDPCaller, authenticate_asking
from watchword.server.pdp_certificates import Certificates
from watchword.server.route import Route
from watchword.server.runtime import Runtime

__all__ = ["Certificates", "PolicyDecisionPoint"]

NO_CERTIFICATES: Final = Certificates()

ROOT: Final = "/access/v1"
WELL_KNOWN: Final = "/.well-known/authzen-configuration"
BODY_BYTES_MAX = 1024 * 1024
METADATA_LIFETIME_SECONDS = 24 * 60 * 60
DECISION_HEADER = "watchword-decision"  # a body with an id in it would differ every time (Z8)
DECISIONS_NAMED_MAX = 20  # in that header
REQUEST_ID = "x-request-id"  # of the caller: a refusal carries it back as well (10.1.3)

# Endpoint -> the member of the metadata document.
_ENDPOINTS: Mapping[str, Endpoint] = MappingProxyType(
    {
        "/evaluation": Endpoint.EVALUATION,
        "/evaluations": Endpoint.EVALUATIONS,
        "/search/subject": Endpoint.SUBJECTS,
        "/search/resource": Endpoint.RESOURCES,
        "/search/action": Endpoint.ACTIONS,
    }
)

Members = Mapping[str, object]
Work = Callable[[World], tuple[Members, list[str]]]
Ask = Callable[[Request, Runtime, PDPCaller, Members], Work]


class PolicyDecisionPoint:
    """What `AuthServer(decisions=...)` answers AuthZEN's questions with.

    Args:
        policy: the rules; they are sealed here.
        types: resource type -> the mapped class that it names.
        open_world: opens the stored facts for the length of one request, in a worker thread; it is
            told the accounts of the server, which are the subjects of `open_tables(sessions)`.
        asserted: which properties of a request are believed; see `DecisionPoint`.
        subject_type: what subjects are called.
        certificates: whose certificate stands for a client's proof; see `Certificates`.
    """

    def __init__(
        self,
        policy: Policy,
        types: Mapping[str, type[object]],
        open_world: OpenWorld,
        *,
        asserted: Mapping[str, Collection[str]] = MappingProxyType({}),
        subject_type: str = "user",
        certificates: Certificates = NO_CERTIFICATES,
    ) -> None:
        self._certificates = certificates
        self._point = DecisionPoint(policy, types, asserted=asserted, subject_type=subject_type)
        self.decided = Decided(self._point, open_world)  # what the admin pages ask

    def routes(self, issuer: str) -> tuple[Route, ...]:
        """Return the rows of the route table, with the document at the root's well-known path."""
        asks = (
            self._evaluation,
            self._evaluations,
            *(self._search(sought) for sought in Sought),
        )
        inserted = WELL_KNOWN + urlsplit(issuer).path
        return (
            *(
                Route(
                    path=ROOT + path,
                    handlers={"POST": self._handler(ask)},
                    kind=Kind.PROTOCOL,  # a caller is told which member is missing
                    access="bearer",
                    body_bytes_max=BODY_BYTES_MAX,
                    echoed=(REQUEST_ID,),
                )
                for path, ask in zip(_ENDPOINTS, asks, strict=True)
            ),
            *(
                Route(path=path, handlers={"GET": _metadata}, kind=Kind.PROTOCOL, access="public")
                for path in dict.fromkeys((WELL_KNOWN, inserted))
            ),
        )

    def routes_at_root(self, issuer: str) -> tuple[Route, ...]:
        """Return the row of the document that the application at the root must answer for.

        Source: AuthZEN Authorization API 1.0 section 9.2.1.
        """
        path = urlsplit(issuer).path
        inserted = WELL_KNOWN + path
        return tuple(route for route in self.routes(issuer) if path and route.path == inserted)

    def _handler(self, ask: Ask) -> Callable[[Request, Runtime], Awaitable[Response]]:
        async def handle(request: Request, runtime: Runtime) -> Response:
            caller = await authenticate_asking(
                request, runtime, audience(runtime), self._certificates
            )
            body = await _body(request)
            try:
                work = ask(request, runtime, caller, body)
                answer, ids = await run_in_threadpool(self._in_world, runtime, caller, work)
            except InvalidQuestion as fault:
                raise MalformedBody(str(fault)) from None
            return _answer(answer, ids)

        return handle

    def _in_world(
        self, runtime: Runtime, caller: PDPCaller, work: Work
    ) -> tuple[Members, list[str]]:
        with self.decided.world(runtime.store, now=runtime.clock.now()) as world:
            return work(world if caller.actor is None else Acted(world, caller.actor))

    def _evaluation(
        self, _request: Request, _runtime: Runtime, caller: PDPCaller, body: Members
    ) -> Work:
        return self._one(read_question(body), caller)

    def _evaluations(
        self, _request: Request, _runtime: Runtime, caller: PDPCaller, body: Members
    ) -> Work:
        asked = read_batch(body)
        return self._many(asked, caller) if isinstance(asked, Batch) else self._one(asked, caller)

    def _one(self, question: Question, caller: PDPCaller) -> Work:
        caller.require(question.subject.id)

        def work(world: World) -> tuple[Members, list[str]]:
            outcome = self._point.evaluate(question, world)
            return _told(outcome, caller), _ids([outcome], caller)

        return work

    def _many(self, batch: Batch, caller: PDPCaller) -> Work:
        for item in batch.items:
            if isinstance(item, Question):
                caller.require(item.subject.id)

        def work(world: World) -> tuple[Members, list[str]]:
            outcomes = self._point.evaluate_all(batch, world)
            told = [_told(each, caller) for each in outcomes]
            return {"evaluations": told}, _ids(outcomes, caller)

        return work

    def _search(self, sought: Sought) -> Ask:
        def ask(_request: Request, runtime: Runtime, caller: PDPCaller, body: Members) -> Work:
            wanted = read_search(body, sought)
            caller.require(wanted.question.subject.id)  # empty where subjects are sought
            key = runtime.sealing.derive("decision pages")
            return lambda world: (pages.search(wanted, self._point, world, key=key), [])

        return ask


def audience(runtime: Runtime) -> str:
    """Return the `aud` of access tokens for the decision point, the resource to ask for."""
    return runtime.settings.issuer + ROOT


async def _body(request: Request) -> Members:
    """Return the body; whatever is wrong with it is 400, as the specification says (Z3, Z6)."""
    try:
        return await read_json(request)
    except ContentTypeRefused:
        raise MalformedBody("the body must be application/json") from None
    except BodyTooLarge as error:
        raise MalformedBody(error.text) from None


def _told(outcome: Outcome, caller: PDPCaller) -> Members:
    return outcome.members(tells_all=caller.may_ask_about_others)


def _ids(outcomes: list[Outcome], caller: PDPCaller) -> list[str]:
    return [
        each.decision.id
        for each in outcomes
        if each.decision is not None and (caller.may_ask_about_others or not each.is_hidden)
    ]


def _answer(members: Members, ids: list[str]) -> Response:
    response = json_answer(members)
    if ids:
        response.headers[DECISION_HEADER] = " ".join(ids[:DECISIONS_NAMED_MAX])
    return response


async def _metadata(_request: Request, runtime: Runtime) -> Response:
    """Answer with where everything is, once in clear and once signed (Z18, Z19)."""
    issuer = runtime.settings.issuer
    said: dict[str, object] = {
        "policy_decision_point": issuer,
        **{each.value: issuer + ROOT + path for path, each in _ENDPOINTS.items()},
    }
    now = runtime.clock.now()
    signer = Signer(
        runtime.ring.signing_key,
        issuer=issuer,
        audience=None,
        lifetime=None,
        typ=PLAIN,
        clock=runtime.clock,
    )
    times = {"iat": now, "nbf": now, "exp": now + METADATA_LIFETIME_SECONDS}
    return json_answer(said | {"signed_metadata": signer.sign_claims(said | times)})
