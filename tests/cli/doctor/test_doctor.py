"""`watchword doctor`: each fault is found by its code, and a good deployment has none.

Source: oauth.md sections 13 and 17; users.md U64.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from click.testing import CliRunner
from tests.cli.doctor.conftest import JSON, OPEN, Reply

from watchword.base.clock import SYSTEM
from watchword.cli.doctor.command import doctor
from watchword.cli.doctor.inside import check_clients, check_settings, check_signing_keys
from watchword.cli.doctor.issuer import check_issuer, check_metadata
from watchword.cli.doctor.keys import check_keys
from watchword.cli.doctor.outside import Outside
from watchword.cli.doctor.rules import RULES
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.record import KeyState
from watchword.keys.rotation import DAY, RotationPolicy
from watchword.net.document import Answer
from watchword.oauth.clients import Client
from watchword.server.settings import Settings
from watchword.stores import migrate, open_store
from watchword.testing.store_conformance.keys import KEY

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "check-a-deployment.md"
OAUTH = ("GET", "/.well-known/oauth-authorization-server")
OPENID = ("GET", "/.well-known/openid-configuration")
RESOURCE = ("GET", "/.well-known/oauth-protected-resource/mcp")
TOKEN = ("POST", "/token")
AUTHORIZE = ("GET", "/authorize")
HTML = Reply(200, {"Content-Type": "text/html"}, b"<html>")


def examine(*arguments):
    return CliRunner().invoke(doctor, ["--json", *arguments])


def codes(url):
    said = examine(url)
    found = json.loads(said.output)
    assert said.exit_code == (1 if found["faults"] else 0)
    return {each["code"] for each in found["findings"]}


@pytest.mark.requirement("oauth:17:doctor")
def test_good_deployment_has_no_finding(deployment):
    assert codes(deployment.url) == set()
    assert codes(f"{deployment.url}/mcp") == set()


def of_both(change):
    """Break both documents alike."""

    def broken(deployment):
        deployment.metadata |= change

    return broken


def reply(key, **members):
    def broken(deployment):
        deployment.replies[key] = replace(deployment.replies[key], **members)

    return broken


def header(key, **fields):
    def broken(deployment):
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        headers = deployment.replies[key].headers | named
        deployment.replies[key].headers = {n: v for n, v in headers.items() if v is not None}

    return broken


def attribute(**values):
    def broken(deployment):
        for name, value in values.items():
            setattr(deployment, name, value)

    return broken


FAULTS = {
    "issuer_differs": of_both({"issuer": "http://127.0.0.1:1/"}),
    "s256_missing": of_both({"code_challenge_methods_supported": []}),
    "pkce_plain": of_both({"code_challenge_methods_supported": ["S256", "plain"]}),
    "iss_missing": of_both({"authorization_response_iss_parameter_supported": False}),
    "implicit_offered": of_both({"response_types_supported": ["code", "code id_token"]}),
    "password_grant": of_both({"grant_types_supported": ["password"]}),
    "unsigned_tokens": of_both({"id_token_signing_alg_values_supported": ["RS256", "none"]}),
    "not_https": of_both({"service_documentation": "http://docs.example"}),
    "documents_differ": reply(OPENID, body={"issuer": "https://other.example"}),
    "metadata_html": reply(OPENID, headers=HTML.headers, body=HTML.body),
    "proxy_headers_believed": attribute(echoes_host=True),
    "clock_skew": attribute(ahead_seconds=60),
    "keys_missing": reply(("GET", "/jwks.json"), status=500),
    "cors_missing": header(TOKEN, Access_Control_Allow_Origin=None),
    "cors_credentials": header(TOKEN, Access_Control_Allow_Credentials="true"),
    "cors_on_authorize": header(AUTHORIZE, Access_Control_Allow_Origin="*"),
    "frames_allowed": header(AUTHORIZE, Content_Security_Policy="default-src 'none'"),
    "redirect_unvalidated": reply(
        AUTHORIZE,
        status=302,
        headers={"Location": "https://doctor.invalid/cb?error=x", "X-Frame-Options": "DENY"},
    ),
    "token_error_cached": header(TOKEN, Cache_Control=None),
    "token_error_form": reply(TOKEN, status=200),
    "token_by_get": reply(("GET", "/token"), status=200),
}


@pytest.mark.requirement("oauth:17:doctor")
@pytest.mark.parametrize("code", FAULTS)
def test_fault_of_a_server_is_found_alone(deployment, code):
    FAULTS[code](deployment)
    assert codes(deployment.url) == {code}


RESOURCE_FAULTS = {
    "resource_open": reply(("GET", "/mcp"), status=200),
    "challenge_missing": reply(("GET", "/mcp"), headers={}),
    "forged_token_accepted": attribute(believes="eyJ"),
    "resource_metadata_unnamed": header(("GET", "/mcp"), WWW_Authenticate='Bearer scope="a"'),
    "resource_metadata_missing": reply(RESOURCE, status=404),
    "resource_differs": reply(
        RESOURCE, body={"resource": "http://127.0.0.1/x", "authorization_servers": ["SERVER"]}
    ),
    "servers_unnamed": lambda deployment: deployment.resource.pop("authorization_servers"),
    "token_in_query": lambda deployment: deployment.resource.update(
        bearer_methods_supported=["header", "query"]
    ),
    "offline_access_of_a_resource": lambda deployment: deployment.resource.update(
        scopes_supported=["offline_access"]
    ),
    "cors_missing": header(RESOURCE, Access_Control_Allow_Origin=None),
}


@pytest.mark.requirement("oauth:17:doctor")
@pytest.mark.parametrize("code", RESOURCE_FAULTS)
def test_fault_of_an_api_is_found_alone(deployment, code):
    RESOURCE_FAULTS[code](deployment)
    body = deployment.replies[RESOURCE].body
    if body.get("authorization_servers") == ["SERVER"]:
        body["authorization_servers"] = [deployment.url]
    assert codes(f"{deployment.url}/mcp") == {code}


def test_challenge_without_a_scope_is_advice(deployment):
    told = deployment.challenge.replace('scope="notes:read", ', "")
    deployment.replies["GET", "/mcp"].headers = {"WWW-Authenticate": told}
    said = examine(f"{deployment.url}/mcp")
    assert (said.exit_code, "scope_unnamed" in said.output) == (0, True)
    offline = deployment.challenge.replace("notes:read", "offline_access")
    deployment.replies["GET", "/mcp"].headers = {"WWW-Authenticate": offline}
    assert codes(f"{deployment.url}/mcp") == {"offline_access_of_a_resource"}


def test_fault_behind_an_api_is_found_from_the_api(deployment):
    """The whole way of a client: 401, document, server, keys, refusals."""
    FAULTS["pkce_plain"](deployment)
    assert codes(f"{deployment.url}/mcp") == {"pkce_plain"}


def test_document_at_the_root_is_found_too(deployment):
    deployment.replies["GET", "/.well-known/oauth-protected-resource"] = Reply(
        200, OPEN | JSON, deployment.resource
    )
    del deployment.replies[RESOURCE]
    assert codes(f"{deployment.url}/mcp") == set()


def test_server_that_says_nothing_of_request_uri_is_advised(deployment):
    del deployment.metadata["request_uri_parameter_supported"]
    assert codes(deployment.url) == {"request_uri_unsaid"}


def test_server_without_keys_and_endpoints_is_at_fault(deployment):
    del deployment.metadata["jwks_uri"]
    assert codes(deployment.url) == {"keys_missing"}
    deployment.metadata["token_endpoint"] = "http://127.0.0.1:1/token"
    deployment.metadata["authorization_endpoint"] = "http://127.0.0.1:1/authorize"
    assert codes(deployment.url) == {"keys_missing", "unreachable"}


def test_what_does_not_answer_is_named():
    assert codes("http://127.0.0.1:1") == {"unreachable"}
    assert codes("http://id.example.com") == {"not_https"}
    assert codes("id.example.com") == {"not_https"}


def test_issuer_whose_documents_are_gone_is_told_so(deployment):
    """An API names it, and it has neither document."""
    del deployment.replies[OAUTH], deployment.replies[OPENID]
    assert codes(f"{deployment.url}/mcp") == {"metadata_missing"}


def test_network_that_is_none_is_refused():
    said = examine("https://id.example.com", "--network", "everything")
    assert said.exit_code == 2


def test_https_server_is_told_to_insist_on_it():
    """Pure: a document with https addresses has nothing of plain http."""
    good = {
        "issuer": "https://id.example.com",
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_uri_parameter_supported": False,
    }
    assert check_metadata("https://id.example.com", good) == []
    assert {each.rule.code for each in check_metadata("https://id.example.com/", good)} == {
        "issuer_differs"
    }


@pytest.mark.parametrize("sent", [(), (("strict-transport-security", "max-age=31536000"),)])
def test_https_server_without_hsts_is_told_so(sent):
    """security.md rule 77: the first visit over plain http would reach whoever answers."""
    issuer = "https://id.example.com"
    members = {"issuer": issuer, "code_challenge_methods_supported": ["S256"]}

    class Fetcher:
        def send(self, _request):
            headers = (("content-type", "application/json"), *sent)
            return Answer(200, headers, json.dumps(members).encode())

    codes = {each.rule.code for each in check_issuer(issuer, Outside(Fetcher(), SYSTEM))}
    assert ("hsts_missing" in codes) is not bool(sent)


class TestKeys:
    def public(self, alg="ES256", **options):
        return Key.generate(alg, **options).public()

    def codes(self, *keys):
        return {each.rule.code for each in check_keys({"keys": list(keys)}, "there")}

    def test_public_keys_with_names_of_their_own_are_good(self):
        keys = KeySet([self.public(kid="1"), self.public("RS256", kid="2")]).publish()["keys"]
        assert self.codes(*keys) == set()

    @pytest.mark.requirement("oauth:17:doctor")
    def test_private_and_symmetric_keys_are_found(self):
        assert self.codes({"kty": "EC", "kid": "1", "d": "x"}) == {"private_key_published"}
        assert self.codes({"kty": "oct", "kid": "1", "k": "x"}) == {"private_key_published"}

    def test_names_that_tell_nothing_apart_are_found(self):
        assert self.codes({"kid": "1"}, {"kid": "1"}) == {"kid_repeated"}
        assert self.codes({"kid": "1"}, {}) == {"kid_repeated"}
        assert self.codes({}) == set()

    def test_short_key_is_found(self):
        assert self.codes({"kty": "RSA", "kid": "1", "n": "x" * 171}) == {"weak_key"}

    @pytest.mark.parametrize("keys", [None, [], [1], {}])
    def test_what_is_no_set_is_found(self, keys):
        assert [each.rule.code for each in check_keys({"keys": keys}, "there")] == ["keys_missing"]


class TestInside:
    def test_settings_that_are_allowed_are_still_named(self):
        found = {each.rule.code for each in check_settings(Settings(client_registration="open"))}
        assert found == {"url_unset", "registration_open"}
        assert list(check_settings(Settings(url="https://id.example.com"))) == []

    def test_clients_without_pkce_are_named(self):
        web = Client("web", "Web", is_first_party=False, is_default=False, scopes=None)
        lax = replace(web, grant_types=frozenset({"authorization_code"}), requires_pkce=False)
        assert [each.where for each in check_clients([web, lax])] == ["web"]

    def test_keys_that_left_their_plan_are_named(self):
        policy = RotationPolicy()
        active = replace(KEY, state=KeyState.ACTIVE, alg="ES256")

        def check(days, *records, alg="ES256"):
            now = active.created_at + days * DAY
            return [
                each.rule.code for each in check_signing_keys(records, policy, alg=alg, now=now)
            ]

        assert check(90, active) == []
        assert check(92, active) == ["key_overdue"]
        assert check(1) == ["no_signing_key"]
        assert check(1, active, alg="RS256") == ["no_signing_key"]


def test_own_settings_are_looked_at_from_inside_and_outside(tmp_path, deployment):
    file = tmp_path / "watchword.toml"
    file.write_text('database = "nowhere"\n')
    said = examine("--settings", str(file))
    assert (said.exit_code, "settings_refused" in said.output) == (1, True)


def test_directory_without_a_database_is_told_what_makes_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(doctor)
    assert said.exit_code == 1
    assert "fault  database_missing" in said.output
    assert "Run `watchword migrate`" in said.output
    assert ".md" not in said.output
    assert list(tmp_path.iterdir()) == []


def test_server_that_never_started_is_not_sent_to_a_backup(tmp_path, deployment):
    """No key was ever made, so there is none to restore."""
    file = tmp_path / "watchword.toml"
    file.write_text(f'database = "sqlite:///{tmp_path}/x.db"\nurl = "{deployment.url}"\n')
    asyncio.run(migrate(f"sqlite:///{tmp_path}/x.db"))
    said = examine("--settings", str(file))
    assert {each["code"] for each in json.loads(said.output)["findings"]} == {"no_signing_key"}


@pytest.mark.requirement("security:100:chain")
def test_audit_log_that_was_changed_is_told(tmp_path, deployment):
    database = f"sqlite:///{tmp_path}/x.db"
    file = tmp_path / "watchword.toml"
    file.write_text(f'database = "{database}"\nurl = "{deployment.url}"\n')

    async def note():
        await migrate(database)
        async with await open_store(database) as store:
            await store.add_role("editor", "", now=1)

    asyncio.run(note())
    connection = apsw.Connection(f"{tmp_path}/x.db")
    connection.execute("DELETE FROM audit")
    connection.close()
    found = json.loads(examine("--settings", str(file)).output)["findings"]
    assert [(each["where"], each["detail"]) for each in found if "audit" in each["code"]] == [
        ("entry 1", "cut_off")
    ]


def test_address_without_a_route_is_no_fault(deployment):
    """What answers 404 says nothing of the API; its document is looked at where there is one."""
    assert codes(f"{deployment.url}/nothing") == {"route_missing"}
    deployment.replies["GET", "/.well-known/oauth-protected-resource"] = Reply(
        200, OPEN | JSON, deployment.resource | {"resource": deployment.url}
    )
    assert codes(f"{deployment.url}/nothing") == {"route_missing", "resource_wider"}


def test_report_for_people_names_fix_and_source(deployment):
    FAULTS["pkce_plain"](deployment)
    said = CliRunner().invoke(doctor, [deployment.url])
    assert said.exit_code == 1
    assert "fault  pkce_plain" in said.output
    assert "Take plain out of code_challenge_methods_supported. (RFC 9700" in said.output
    assert said.output.endswith("1 at fault, 0 worth a look\n")


def test_page_lists_every_rule():
    text = PAGE.read_text()
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert listed == set(RULES)
