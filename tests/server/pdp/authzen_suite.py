"""What the OpenID conformance suite does with a decision point, over TLS on the loopback address.

The modules are data, a file of `tests/vectors/authzen-certification` for each plan; here is what
their conditions send and demand. A refusal has to carry the request's id back too: that is the
specification's, the suite looks at answers alone.

Source: AuthZEN Authorization API 1.0; its certification scenario of 2026-06-25; the suite's
package net.openid.conformance.authzen.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
from tests.server.pdp.conftest import CERTIFICATES, GATEWAY

PLANS = Path(__file__).parents[2] / "vectors" / "authzen-certification"
WELL_KNOWN = "/.well-known/authzen-configuration"
PAGES_MAX = 100
DEFAULT_PATHS = {
    "access_evaluation_endpoint": "/access/v1/evaluation",
    "access_evaluations_endpoint": "/access/v1/evaluations",
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """How a caller proves itself, and whence it has the addresses."""

    auth: str
    metadata: str


VARIANTS = [
    Variant(auth, metadata)
    for auth in ("client_secret_basic", "api_key", "mtls")
    for metadata in ("static", "discovery")
]


@dataclass(frozen=True, slots=True)
class Module:
    """A test of the suite."""

    name: str
    endpoint: str
    said: Mapping[str, Any]  # what is sent and what is wanted, as its file has it

    @property
    def needs_properties(self) -> bool:
        return "properties" in self.said

    def applies_to(self, variant: Variant) -> bool:
        """Whether the suite runs it so: there is no wrong certificate among its credentials."""
        return not (variant.auth == "mtls" and self.said.get("credentials") == "wrong")


def modules_of(plan: str) -> list[Module]:
    """Read the modules of a plan."""
    said = json.loads((PLANS / f"{plan}.json").read_text())
    prefix = said["plan"].removesuffix("test-plan")
    return [Module(prefix + name, said["endpoint"], each) for name, each in said["modules"].items()]


@dataclass(slots=True)
class Suite:
    """The harness, in front of one decision point."""

    url: str
    http: httpx2.Client
    token: str
    document: Mapping[str, Any]
    ids: Iterator[int] = field(default_factory=count)

    def run(self, module: Module, variant: Variant) -> None:
        """Send what the module sends, and demand what it demands."""
        said = module.said
        answers = [
            self._sent(module, variant, said.get("body")) for _ in range(said.get("times", 1))
        ]
        assert len({answer.content for answer in answers}) == 1
        answer = answers[0]
        if "status" in said:
            assert answer.status_code in said["status"]
            assert answer.status_code != 401 or answer.headers["www-authenticate"]
            return
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].lower().startswith("application/json")
        if "decision" in said:
            demand_decision(answer.json(), said["decision"])
        elif "decisions" in said:
            demand_decisions(answer.json(), said)
        else:
            self._demand_results(module, variant, answer.json())

    def _demand_results(self, module: Module, variant: Variant, answer: Any) -> None:
        found = results(answer, module)
        if "pages" in module.said:
            body = module.said["body"]
            for follow in ({}, body["page"]):  # by the scenario and by the suite
                pages = [answer]
                while token := pages[-1].get("page", {}).get("next_token"):
                    assert len(pages) < PAGES_MAX
                    after = {**body, "page": {**follow, "token": token}}
                    pages.append(self._sent(module, variant, after).json())
                found = [each for page in pages for each in results(page, module)]
                assert len(pages) == len(found) == len(module.said["results"])
        for wanted in module.said["results"]:
            assert wanted in found
        assert found or not module.said["results"]
        assert module.said["results"] or not found

    def _sent(self, module: Module, variant: Variant, body: Any) -> httpx2.Response:
        said = module.said
        id_ = f"conformance-{next(self.ids)}"
        is_named = "request_id" in said or "status" in said
        content = said["text"] if "text" in said else json.dumps(body)
        answer = self.http.request(
            said.get("method", "POST"),
            self._address(module.endpoint, variant),
            content=content.encode(),
            headers={
                "content-type": said.get("content_type", "application/json"),
                **self._proof(variant, said.get("credentials", "good")),
                **({"x-request-id": id_} if is_named else {}),
            },
        )
        assert answer.headers.get("x-request-id") == (id_ if is_named else None)
        return answer

    def _address(self, endpoint: str, variant: Variant) -> str:
        if variant.metadata == "discovery":
            return self.document[endpoint]
        return self.url + DEFAULT_PATHS[endpoint]

    def _proof(self, variant: Variant, credentials: str) -> Mapping[str, str]:
        if credentials == "missing":
            return {}
        is_good = credentials == "good"
        match variant.auth:
            case "client_secret_basic":
                secret = GATEWAY[1] if is_good else "invalid-bogus-credential"
                pair = b64encode(f"{GATEWAY[0]}:{secret}".encode()).decode()
                return {"authorization": f"Basic {pair}"}
            case "api_key":
                token = self.token if is_good else "invalid-bogus-credential"
                return {"authorization": f"Bearer {token}"}
            case _:  # the proxy hands on what the connection to it was made with
                der = b64encode(CERTIFICATES[GATEWAY[0]]).decode()
                return {"client-cert": f":{der}:"}


def demand_decision(answer: Any, wanted: bool) -> None:  # noqa: FBT001 - the value of a file
    """Demand a decision: a boolean, and an object where there is a context."""
    assert answer["decision"] is wanted
    assert isinstance(answer.get("context", {}), dict)


def demand_decisions(answer: Any, said: Mapping[str, Any]) -> None:
    """Demand those of a batch: all, or with a semantic that ends early the first of them."""
    assert "decision" not in answer
    got = [each["decision"] for each in answer["evaluations"]]
    assert all(isinstance(each, bool) for each in got)
    assert all(isinstance(each.get("context", {}), dict) for each in answer["evaluations"])
    if "prefix" in said:
        assert said["prefix"] <= len(got) <= len(said["decisions"])
        assert got == said["decisions"][: len(got)]
    else:
        assert got == said["decisions"]


def results(answer: Any, module: Module) -> list[Any]:
    """Return what a search found, of the kind that was sought, and look at its page."""
    body = module.said["body"]
    kind = module.endpoint.removeprefix("search_").removesuffix("_endpoint")
    for each in answer["results"]:
        if kind == "action":
            assert isinstance(each["name"], str)
        else:
            assert isinstance(each["id"], str)
            assert each["type"] == body[kind]["type"]
    if "page" in answer:
        page = answer["page"]
        assert next(iter(answer)) == "page"
        assert isinstance(page["next_token"], str)
        assert all(type(page[name]) is int for name in ("count", "total") if name in page)
        assert isinstance(page.get("properties", {}), dict)
    return answer["results"]
