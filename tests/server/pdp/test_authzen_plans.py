"""The modules of the OpenID conformance suite's five AuthZEN plans, and its discovery.

Each module is a test of its name, run in all variants that the server has: client_secret_basic,
api_key (an access token) and mtls, with the addresses of the document and with the default ones.
The variant without authentication is none of this server's (decisions/0292).

Source: access.md section 11; AuthZEN Authorization API 1.0; its certification scenario.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import jwt as pyjwt
import pytest
from tests.flows.notes_services import bind, running
from tests.net.hostile import certificates
from tests.server.conftest import MovedClock
from tests.server.pdp.authzen_suite import (
    DEFAULT_PATHS,
    VARIANTS,
    WELL_KNOWN,
    Module,
    Suite,
    modules_of,
)
from tests.server.pdp.conftest import GATEWAY, Asked, authorization_server, certified_point

SEARCHES = ("subject-search", "resource-search", "action-search")
MODULES = {
    plan: {module.name: module for module in modules_of(plan)}
    for plan in ("evaluation", "evaluations", *SEARCHES)
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Iterator[Suite]:
    """Put a harness before a server that speaks https, as the suite demands."""
    home, (listening, address) = tmp_path_factory.mktemp("suite"), bind()
    url = f"https://localhost:{urlsplit(address).port}"
    _, trust = certificates(home, "localhost")
    chain = str(home / "chain.pem")
    with certified_point() as (point, _, _):
        auth = authorization_server(home, point, url=url)
        with (
            running(auth, listening, ssl_certfile=chain, ssl_keyfile=chain),
            httpx2.Client(verify=trust) as http,
        ):
            form = {
                "grant_type": "client_credentials",
                "scope": "pdp",
                "resource": f"{url}/access/v1",
            }
            token = http.post(f"{url}/token", data=form, auth=GATEWAY).json()["access_token"]
            yield Suite(url, http, token, http.get(url + WELL_KNOWN).json())


def run(suite: Suite, module: Module) -> None:
    """Run a module in every variant that it has."""
    for variant in VARIANTS:
        if module.applies_to(variant):
            suite.run(module, variant)


def of(*plans: str, needs_properties: bool) -> pytest.MarkDecorator:
    """Give a test the modules of plans that stay with identifiers, or those that do not."""
    every = [module for plan in plans for module in MODULES[plan].values()]
    wanted = [module for module in every if module.needs_properties is needs_properties]
    return pytest.mark.parametrize("module", wanted, ids=[module.name for module in wanted])


@pytest.mark.requirement("access:authzen:basic-core")
@of("evaluation", needs_properties=False)
def test_basic_core(suite, module):
    run(suite, module)


@pytest.mark.requirement("access:authzen:basic-properties")
@of("evaluation", needs_properties=True)
def test_basic_properties(suite, module):
    run(suite, module)


@pytest.mark.requirement("access:authzen:batch-core")
@of("evaluations", needs_properties=False)
def test_batch_core(suite, module):
    run(suite, module)


@pytest.mark.requirement("access:authzen:batch-properties")
@of("evaluations", needs_properties=True)
def test_batch_properties(suite, module):
    run(suite, module)


@pytest.mark.requirement("access:authzen:search-core")
@of(*SEARCHES, needs_properties=False)
def test_search_core(suite, module):
    run(suite, module)


@pytest.mark.requirement("access:authzen:search-properties")
@of(*SEARCHES, needs_properties=True)
def test_search_properties(suite, module):
    run(suite, module)


def test_no_module_is_left_out():
    """So many have been read in the suite's plans, those of optional features included."""
    assert {plan: len(modules) for plan, modules in MODULES.items()} == {
        "evaluation": 34,
        "evaluations": 27,
        "subject-search": 26,
        "resource-search": 20,
        "action-search": 22,
    }


@pytest.mark.requirement("access:authzen:discovery")
def test_discovery_says_where_everything_is(suite):
    """Each address https, none empty, and the decision point the one that was looked for."""
    answer = suite.http.get(suite.url + WELL_KNOWN)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert said["policy_decision_point"] == suite.url
    for endpoint, path in DEFAULT_PATHS.items():
        assert said[endpoint] == suite.url + path
        assert said[endpoint].startswith("https://")
        assert "v1" in urlsplit(said[endpoint]).path.split("/")
    assert all(said.values())
    assert "capabilities" not in said


@pytest.mark.requirement("access:authzen:discovery")
def test_discovery_is_signed_by_the_decision_point(suite):
    """A JWS under the published keys, of its own issuer, in time, and with the plain values."""
    plain = dict(suite.document)
    signed = plain.pop("signed_metadata")
    keys = pyjwt.PyJWKSet.from_dict(suite.http.get(f"{suite.url}/jwks.json").json())
    header = pyjwt.get_unverified_header(signed)
    claims = pyjwt.decode(
        signed,
        keys[header["kid"]],
        algorithms=["ES256"],
        issuer=suite.url,
        options={"require": ["iss", "iat", "exp", "nbf"]},
    )
    assert "signed_metadata" not in claims
    assert {name: claims[name] for name in plain} == plain
    assert set(claims) - set(plain) == {"iss", "iat", "exp", "nbf", "jti"}


@pytest.mark.requirement("access:authzen:discovery")
def test_discovery_of_a_tenant_stands_behind_the_well_known_path(tmp_path):
    """And nothing stands there for a tenant of nobody."""
    clock = MovedClock()
    with certified_point() as (point, _, _):
        auth = authorization_server(tmp_path, point, clock=clock, url="https://id.example/tenant1")
        started = Asked(auth, clock, None, None)
        started.run(auth.startup())
        said = started.get(f"{WELL_KNOWN}/tenant1").json()
        assert said["policy_decision_point"] == "https://id.example/tenant1"
        assert said["search_action_endpoint"] == (
            "https://id.example/tenant1/access/v1/search/action"
        )
        assert started.get(f"{WELL_KNOWN}/tenant2").status_code == 404
        started.close()
