"""The token inspector over HTTP: without script, and what the server does with a token."""

import json
import re
from importlib.resources import files

import pytest

from watchword.base import base64url
from watchword.base.chance import SYSTEM as CHANCE
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import TokenError
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.explain import Verdict, explain
from watchword.server.pages.assets import own_assets
from watchword.server.pages.inspector.examples import make_examples
from watchword.server.pages.inspector.page import SEALED_POLICY
from watchword.server.pages.inspector.rules import inspector_rules
from watchword.server.routes import INSPECT_BYTES_MAX

FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
OUTCOME = re.compile(r'data-outcome="([a-z ]+)"><strong>(\w+)</strong>')
NOW = 1_795_406_128
FOLDER = files("watchword.server.pages").joinpath("static", "inspector")
SCRIPTS = {entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".js")}
# Every way by which a script reaches a server.
CONNECTIONS = re.compile(
    r"fetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|new Image|\.src\b|import\(|submit\("
    r"|postMessage|innerHTML|location\b|localStorage|sessionStorage|indexedDB|document\.cookie"
)


@pytest.fixture
def http(server):
    with server.http(headers={"accept": "text/html"}) as http:
        yield http


@pytest.fixture
def access_token(http, server):
    body = {"username": "alice", "password": server.passphrases["alice"]}
    return http.post("/login", json=body).json()["access_token"]


def send(http, token, **headers):
    form_token = FORM_TOKEN.search(http.get("/inspect").text)[1]
    return http.post("/inspect", data={"form_token": form_token, "token": token}, headers=headers)


def outcomes(answer):
    return {name: outcome for outcome, name in OUTCOME.findall(answer.text)}


@pytest.mark.requirement("users-pages:inspector-verdict")
def test_a_token_of_this_server_is_verified(http, access_token):
    """users.md U44."""
    answer = send(http, f" {access_token}\n")
    assert answer.status_code == 200
    assert "<strong>Verified</strong>" in answer.text
    assert set(outcomes(answer).values()) == {"passed", "not asked"}
    assert outcomes(answer)["type"] == "not asked"
    assert "issuer and times are as expected; audience is not asked" in answer.text
    assert "<dt>preferred_username</dt>" in answer.text
    assert 'class="timeline"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.requirement("users-pages:inspector-verdict")
@pytest.mark.parametrize(
    ("change", "code", "check"),
    [
        (lambda t: t[:-9] + "AA" + t[-7:], "signature_invalid", "signature"),
        (lambda t: t + "=", "token_malformed", "form"),
        (lambda t: t.partition(".")[2], "token_malformed", "form"),
        (lambda _: make_examples(CHANCE, NOW).tokens[0].token, "algorithm_refused", "algorithm"),
        (lambda _: "x" * (TOKEN_BYTES_MAX + 1), "token_too_large", "form"),
        (lambda _: "<b>not a token</b>", "token_malformed", "form"),
    ],
)  # fmt: skip
def test_the_rule_that_failed_is_named(http, access_token, change, code, check):
    """users.md U44."""
    answer = send(http, change(access_token))
    assert answer.status_code == 200
    assert "<strong>Refused</strong>" in answer.text
    assert f"<code>{code}</code>" in answer.text
    assert outcomes(answer)[check] == "failed"
    assert list(outcomes(answer).values()).count("failed") == 1
    assert "<b>not" not in answer.text


def test_bearer_is_taken_off_and_that_is_said(http, access_token):
    answer = send(http, f"Bearer {access_token}")
    assert "<strong>Verified</strong>" in answer.text
    assert "“Bearer” was left away" in answer.text
    assert f">{access_token}</textarea>" in answer.text


def test_of_an_sd_jwt_the_signed_part_is_checked_and_that_is_said(http, access_token):
    answer = send(http, f"{access_token}~WyJzYWx0IiwgIm5hbWUiLCAxXQ~")
    assert "<strong>Verified</strong>" in answer.text
    assert "Only the token that the issuer signed was checked" in answer.text


def test_of_an_encrypted_token_only_the_header_is_shown(http):
    header = base64url.encode(b'{"alg":"dir","enc":"A256GCM","kid":"k"}')
    answer = send(http, f"{header}..aXY.Y2lwaGVy.dGFn")
    assert "This server has no key for encrypted tokens" in answer.text
    assert "Refused" not in answer.text
    assert "<code>token_malformed</code>" not in answer.text
    assert outcomes(answer) == {}
    assert "A256GCM" in answer.text
    assert "Which of the recipient&#39;s keys opens it." in answer.text
    assert 'id="payload-heading"' not in answer.text


def test_what_only_looks_encrypted_is_refused(http):
    answer = send(http, "a.b.c.d.e")
    assert "this has the five parts of an encrypted token (JWE)" in answer.text
    assert "<strong>Refused</strong>" in answer.text


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": 5, "exp": 4},
        {"iat": 10**400, "exp": True},
        {"exp": 1},
        {"iat": 1.5, "exp": 10**12},
        {"<script>": "</textarea><script>"},
    ],
)
def test_claims_of_any_kind_are_shown_and_write_nothing_into_the_page(http, claims):
    key = Key.generate("ES256")
    parts = [base64url.encode(json.dumps(part).encode()) for part in ({"alg": "RS256"}, claims)]
    assert key.alg == "ES256"
    answer = send(http, ".".join([*parts, "AAAA"]))
    assert answer.status_code == 200
    assert "<strong>Refused</strong>" in answer.text
    assert "<script>" not in answer.text


def test_no_token_is_an_error_beside_the_field(http):
    """WCAG 2.2 criterion 3.3.1."""
    answer = send(http, "  ")
    assert answer.status_code == 400
    assert 'id="token-error"' in answer.text
    assert 'aria-describedby="token-error token-note" aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text


@pytest.mark.requirement("users-pages:forms-of-other-origins-refused")
@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
def test_a_form_of_another_site_is_refused_unread(http, access_token, headers):
    """security.md rule 47."""
    answer = send(http, access_token, **headers)
    assert answer.status_code == 403
    assert access_token not in answer.text


@pytest.mark.requirement("users-pages:form-token")
def test_a_form_that_this_browser_was_not_shown_is_not_answered(http, access_token):
    answer = http.post("/inspect", data={"form_token": "x", "token": access_token})
    assert answer.status_code == 403
    assert "Please send it again" in answer.text
    assert 'id="answer"' not in answer.text
    assert access_token in answer.text


def test_what_is_larger_than_any_token_or_no_form_is_refused(http):
    """oauth.md E-4; security.md rule 104."""
    assert send(http, "x" * INSPECT_BYTES_MAX).status_code == 413
    assert http.post("/inspect", json={"token": "x"}).status_code == 415
    assert http.get("/inspect?token=canary").text.count("canary") == 0


@pytest.mark.requirement("users-pages:inspector-sealed")
def test_the_page_forbids_its_own_script_to_connect(http, access_token):
    """users.md U44: nothing leaves the browser unless asked."""
    for answer in (http.get("/inspect"), send(http, access_token), send(http, "")):
        policy = answer.headers["content-security-policy"]
        assert policy == SEALED_POLICY
        assert "connect-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy


@pytest.mark.requirement("users-pages:no-inline-script-or-style")
def test_the_page_has_one_script_of_its_own_and_none_inline(http, access_token):
    """STYLE section 11."""
    for answer in (http.get("/inspect"), send(http, access_token)):
        [script] = re.findall(r"<script[^>]*>[^<]*", answer.text)
        assert re.fullmatch(r'<script type="module" src="/static/\w{16}/inspector.js">', script)
        assert "<style" not in answer.text
        assert not re.search(r"\s(style|on[a-z]+)=", answer.text)
        assert not re.search(r'(src|href|action)="(https?:)?//', answer.text)
        assert answer.text.count("<h1") == 1


def own_scripts():
    """Return the scripts of the inspector; the one for passkeys is of other pages, and connects."""
    return [asset for asset in own_assets().values() if asset.name in SCRIPTS]


@pytest.mark.requirement("users-pages:inspector-sealed")
def test_no_script_knows_a_way_out_or_keeps_anything():
    scripts = own_scripts()
    assert len(scripts) > 10
    for asset in scripts:
        assert not CONNECTIONS.findall(asset.body.decode()), asset.name


def test_scripts_share_a_version_so_that_they_find_one_another(http):
    scripts = own_scripts()
    assert len({asset.version for asset in scripts}) == 1
    for asset in scripts:
        answer = http.get(asset.path)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        for imported in re.findall(r'from "\./([\w-]+\.js)"', asset.body.decode()):
            assert imported in own_assets()


@pytest.mark.requirement("users-pages:weight")
def test_the_page_and_what_it_needs_weigh_little(http):
    """users.md U91 and U93."""
    scripts = own_scripts()
    assert sum(len(asset.body) for asset in scripts) <= 80_000
    assert len(http.get("/inspect").content) <= 40_000
    for name in ("token.css", "inspector.css"):
        assert len(own_assets()[name].body) <= 20_000


def test_every_code_of_a_refused_token_belongs_to_a_check_and_has_a_sentence():
    rules = inspector_rules()
    codes = [code for check in rules["checks"] for code in check["codes"]]
    assert len(set(codes)) == len(codes)
    assert TokenError.code not in codes  # the class of all, which no check raises
    assert set(codes) < set(rules["sentences"])
    assert set(rules["algorithms"]) == set(ALGORITHMS)


def test_the_examples_are_what_they_are_called():
    examples = make_examples(CHANCE, NOW)
    key = Key.from_jwk(examples.key)
    assert not key.is_private
    found = {one.id: explain(one.token.partition("~")[0], key, now=NOW) for one in examples.tokens}
    assert found["good"].verdict is found["disclosures"].verdict is Verdict.VERIFIED
    assert [failure.code for failure in found["expired"].failures] == ["token_expired"]
    assert [failure.code for failure in found["changed"].failures] == ["signature_invalid"]
    assert found["changed"].payload.members["preferred_username"] == "admin"


def test_the_start_pages_lead_to_the_inspector(http, demo, access_token):
    assert 'href="/inspect"' in http.get("/").text
    with demo.http() as at_demo:
        page = at_demo.get("/").text
        assert 'href="/inspect"' in page
        assert '<form method="post" action="/inspect">' in page
        token = re.search(r'name="token" value="([\w.-]+)"', page)[1]
        form_token = FORM_TOKEN.search(page)[1]
        answer = at_demo.post("/inspect", data={"form_token": form_token, "token": token})
    assert f">{token}</textarea>" in answer.text
    assert "<code>unknown_key</code>" in answer.text  # nobody's token: its key was thrown away
