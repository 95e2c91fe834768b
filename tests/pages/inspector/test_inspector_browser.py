"""The token inspector in Chromium: every state, by mouse and keyboard, and what it sends."""

import base64
import json
import time

import pytest
from tests.pages.chromium import NARROW, check, expect, follow, following, opened

from watchword import jwt
from watchword.base import base64url
from watchword.base.chance import SYSTEM as CHANCE
from watchword.server.pages.inspector.examples import make_examples

pytestmark = pytest.mark.browser

SECRET = "a secret of more than thirty-two bytes"
SEND = "Verify with this server's keys"
EXAMPLES = ("A good token", "Expired", "Tampered with", "With disclosures", "Encrypted")


@pytest.fixture
def page(chromium, server):
    with opened(chromium, server.url) as page:
        page.goto("/inspect")
        yield page


def token(key, **claims):
    signer = jwt.Signer(
        key, issuer="https://id.example", audience="api", lifetime="15m", typ="at+jwt"
    )
    return signer.sign(sub="alice", **claims)


def example(page, name):
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("#apart .outcome").wait_for()


def verdict(page):
    return page.locator("#apart .verdict").first.inner_text()


def outcomes(page, within="#apart"):
    rows = page.locator(f"{within} .checks li")
    names = [name.split()[0] for name in rows.locator("strong").all_inner_texts()]
    return dict(zip(names, rows.locator("em").all_inner_texts(), strict=True))


def parts(page):
    """Return the coloured stretches of the text, by their mark."""
    spans = page.locator("#paint span")
    return [(span.get_attribute("class"), span.inner_text()) for span in spans.all()]


def test_an_empty_page_teaches(page):
    """users.md U43."""
    assert "What you will see here" in page.inner_text("#apart")
    assert page.locator("#legend li").count() == 0
    for name in EXAMPLES:
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()


@pytest.mark.requirement("users-pages:inspector-shows-every-state")
def test_one_click_shows_the_colours_the_times_and_the_verdict(page):
    example(page, "A good token")
    text = page.input_value("#token")
    assert [part for _, part in parts(page)] == text.split(".")
    assert [mark for mark, _ in parts(page)] == ["h", "p", "s"]
    assert page.locator("#legend li").all_inner_texts() == ["Header", "Payload", "Signature"]
    assert "Verified with your key" in verdict(page)
    assert set(outcomes(page).values()) == {"passed", "not asked"}
    assert "expires in" in page.inner_text("#apart .life header")
    assert page.locator("#apart .moments tbody tr").count() == 3
    assert "whom it is about" in page.locator(".claims div", has_text="sub").first.inner_text()
    assert "ECDSA signature (r, then s) on P-256" in page.inner_text(".part.signature")


@pytest.mark.requirement("users-pages:inspector-shows-every-state")
def test_the_colours_lie_exactly_under_the_letters(page):
    example(page, "A good token")
    same = page.evaluate(
        """() => {
          const [text, paint] = ["token", "paint"].map((id) => document.getElementById(id));
          const style = (element) => getComputedStyle(element);
          const names = ["fontSize", "fontFamily", "lineHeight", "paddingTop", "paddingLeft"];
          return names.every((name) => style(text)[name] === style(paint)[name])
            && text.scrollHeight <= text.clientHeight && text.scrollTop === 0
            && Math.abs(text.clientWidth - paint.clientWidth) < 1;
        }"""
    )
    assert same


@pytest.mark.parametrize(
    ("name", "code", "failed"),
    [("Expired", "token_expired", "claims"), ("Tampered with", "signature_invalid", "signature")],
)
def test_the_rule_that_failed_is_named_and_the_rest_not_reached(page, name, code, failed):
    """users.md U44."""
    example(page, name)
    assert "Refused" in verdict(page)
    assert page.locator("#apart .verdict code").first.inner_text() == code
    found = outcomes(page)
    assert found[failed] == "failed"
    after = list(found)[list(found).index(failed) + 1 :]
    assert {found[name] for name in after} <= {"not reached"}


def test_without_a_key_the_page_says_so_and_still_tells_the_time(page):
    example(page, "Expired")
    page.fill("#key", "")
    page.get_by_text("the signature is not checked").first.wait_for()
    assert "it expired 50 minutes ago" in verdict(page)
    assert outcomes(page) == {"form": "passed"} | dict.fromkeys(
        ("algorithm", "type", "extensions", "key", "signature", "claims"), "needs a key"
    )


@pytest.mark.requirement("users-pages:inspector-shows-every-state")
def test_an_encrypted_token_shows_its_header_and_five_parts(page):
    example(page, "Encrypted")
    assert [mark for mark, _ in parts(page)] == ["h", "k", "s", "p", "t"]
    assert "Only who holds the key" in verdict(page)
    assert "A256GCM" in page.inner_text(".part.header")
    assert "12 bytes" in page.inner_text("#apart .facts")
    page.fill("#token", encrypted_token({"alg": "dir", "enc": "A256GCM", "kid": "k"}))
    page.get_by_text("Which of the recipient's keys opens it.").wait_for()
    page.fill("#token", page.input_value("#token") + "=")
    page.locator(".verdict.bad", has_text="is not canonical base64url").wait_for()


@pytest.mark.requirement("users-pages:inspector-shows-every-state")
def test_an_sd_jwt_shows_what_is_disclosed_and_what_is_held_back(page):
    """RFC 9901 section 7.1."""
    example(page, "With disclosures")
    assert "Verified with your key" in verdict(page)
    assert outcomes(page)["disclosures"] == "passed"
    shown = page.inner_text(".part.disclosure")
    assert "Alice" in shown
    assert "1 more digest has no disclosure" in shown
    text = page.input_value("#token")
    forbidden = base64url.encode(b'["s", "_sd", 1]')
    other = base64url.encode(b'["2GLC42sKQveCfGfryNRN9w", "role", "admin"]')
    for changed, fault in (
        (f"{text}{other}~", "a disclosure belongs to no digest of the token"),
        (f"{text}{text.split('~')[1]}~", "a disclosure is sent twice"),
        (f"{text}W10~", "a disclosure is an array of salt, name and value"),
        (f"{text}=~", "not canonical base64url"),
        (f"{text}{forbidden}~", "a name that the format reserves"),
    ):
        page.fill("#token", changed)
        page.locator(".verdict.bad", has_text=fault).wait_for()
        assert outcomes(page)["disclosures"] == "failed"


def test_a_key_binding_is_held_against_what_is_presented(page):
    """RFC 9901 section 4.3."""
    example(page, "With disclosures")
    text = page.input_value("#token")
    digest = page.evaluate(
        "async (text) => [...new Uint8Array(await crypto.subtle.digest('SHA-256',"
        " new TextEncoder().encode(text)))]",
        text,
    )
    claims = {"nonce": "n", "sd_hash": base64url.encode(bytes(digest))}
    binding = jwt_parts({"alg": "ES256", "typ": "kb+jwt"}, claims)
    page.fill("#token", text + binding)
    page.get_by_text("Its sd_hash is that of what is presented here.").wait_for()
    assert [mark for mark, _ in parts(page)][-1] == "t"
    page.fill("#token", "~".join(text.split("~")[:-2]) + "~" + binding)
    page.get_by_text("Its sd_hash is not that of what is presented").wait_for()


def jwt_parts(header, claims):
    encoded = [base64url.encode(json.dumps(part).encode()) for part in (header, claims)]
    return ".".join([*encoded, "AAAA"])


def encrypted_token(header):
    return f"{base64url.encode(json.dumps(header).encode())}..{'A' * 16}.AA.{'A' * 22}"


@pytest.mark.requirement("users-pages:inspector-shows-every-state")
def test_json_forms_are_taken_apart_by_signature(page):
    """RFC 7515 section 7.2."""
    key = jwt.Key.generate("ES256", kid="k")
    protected, payload, signature = token(key).split(".")
    page.fill("#key", json.dumps(key.public().to_jwk()))
    one = {"protected": protected, "signature": signature}
    page.fill("#token", json.dumps(one | {"payload": payload}))
    page.locator("#apart .verdict", has_text="Verified with your key").wait_for()
    two = one | {"signature": signature[:-2] + "AA", "header": {"note": "nobody signed"}}
    page.fill("#token", json.dumps({"payload": payload, "signatures": [one, two]}))
    page.get_by_text("Signature 2 of 2").wait_for()
    verdicts = page.locator("#apart .verdict").all_inner_texts()
    assert "Verified" in verdicts[0]
    assert "Refused" in verdicts[1]
    assert "nobody signed" in page.inner_text("#apart")
    for text, fault in (
        ('{"payload": "a", "payload": "b"}', "JSON names a member twice"),
        ("{}", "neither “payload” nor “ciphertext”"),
        ('{"payload": "a", "signatures": []}', "not a list of objects"),
    ):
        page.fill("#token", text)
        page.locator(".verdict.bad", has_text=fault).wait_for()
    header = base64url.encode(b'{"alg": "dir", "enc": "A128GCM"}')
    jwe = {"protected": header, "ciphertext": "AAAA", "iv": "A" * 16, "tag": "A" * 22}
    page.fill("#token", json.dumps(jwe))
    page.locator(".verdict", has_text="Only who holds the key").wait_for()
    assert "AES in GCM, a key of 128 bits" in page.inner_text(".part.header")
    for changed, fault in (
        ({"iv": "AAAA"}, "an initialization vector of 12 bytes and a tag of 16"),
        ({"tag": "AAAA"}, "an initialization vector of 12 bytes and a tag of 16"),
        ({"protected": "e30"}, "the header names no alg or no enc"),
        ({"protected": base64url.encode(b'{"alg": "RSA1_5", "enc": "A128GCM"}')}, "its alg"),
        ({"protected": base64url.encode(b'{"alg": "dir", "enc": "A1"}')}, "its enc does not exist"),
        ({"protected": "AAAA"}, "the header cannot be read"),
    ):
        page.fill("#token", json.dumps(jwe | changed))
        page.locator(".verdict.bad", has_text=fault).wait_for()


def test_bearer_is_offered_to_be_left_off(page):
    page.fill("#token", f"Bearer {token(jwt.Secret(SECRET, alg='HS256'))}")
    page.get_by_role("button", name="Leave it off").click()
    page.get_by_text("the signature is not checked").first.wait_for()
    assert not page.input_value("#token").startswith("Bearer")


def test_a_shared_secret_verifies_and_asks_for_its_algorithm(page):
    page.fill("#token", token(jwt.Secret(SECRET, alg="HS256")))
    page.fill("#key", SECRET)
    page.locator("#key-error", has_text="choose HS256, HS384 or HS512").wait_for()
    assert page.get_attribute("#key", "aria-invalid") == "true"
    page.select_option("#alg", "HS256")
    page.locator("#apart .verdict", has_text="Verified with your key").wait_for()
    page.fill("#key", SECRET + "!")
    page.locator("#apart .verdict", has_text="another key signed it").wait_for()
    page.fill("#key", "short")
    page.locator("#key-error", has_text="at least 32 bytes, this one 5").wait_for()


@pytest.mark.parametrize("alg", ["RS256", "PS384", "ES384", "ES512", "Ed25519"])
def test_a_public_key_in_pem_verifies(page, alg):
    key = jwt.Key.generate(alg)
    page.fill("#token", token(key))
    page.fill("#key", key.public().to_pem())
    page.select_option("#alg", alg)
    page.locator("#apart .verdict", has_text="Verified with your key").wait_for()


def test_keys_that_are_none_are_answered_with_what_to_do(page):
    key = jwt.Key.generate("RS256", kid="k")
    page.fill("#token", token(key))
    for text, alg, fault in (
        (key.to_pem(private=True, unprotected=True), "", "This is a private key"),
        (json.dumps(key.to_jwk(private=True)), "", "This is a private key"),
        (key.public().to_pem(), "", "choose one of RS256"),
        (key.public().to_pem(), "ES256", "not one for ES256; it fits RS256"),
        (key.public().to_pem(), "HS256", "not one for HS256"),
        (key.public().to_pem()[:90], "", "This PEM text is not whole"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "", "openssl x509"),
        ('{"kty": "RSA", "kty": "oct"}', "", "JSON names a member twice"),
        ('{"keys": []}', "", "No key of this set"),
        ('{"kty": "RSA", "alg": "RS256", "n": "AQAB", "e": "AQAB"}', "", ""),
        (json.dumps(key.public().to_jwk()), "PS256", "says that it is for RS256"),
        ("x" * 40, "RS256", "RS256 needs a key pair"),
    ):
        page.select_option("#alg", alg)
        page.fill("#key", text)
        page.locator("#key-error", has_text=fault).wait_for()
        expect(page.locator("#key-error")).to_be_visible()
        assert "Verified" not in verdict(page)
    jwks = {"keys": [jwt.Key.generate("ES256", kid="o").public().to_jwk(), key.public().to_jwk()]}
    page.select_option("#alg", "")
    page.fill("#key", json.dumps(jwks))
    page.locator("#apart .verdict", has_text="Verified with your key").wait_for()
    expect(page.locator("#key-error")).to_be_hidden()


@pytest.mark.requirement("users-pages:inspector-sealed")
def test_nothing_leaves_the_browser_while_a_person_pastes_and_checks(chromium, server):
    """users.md U44: not one request after the page is there."""
    sent = []
    with opened(chromium, server.url) as page:
        page.goto("/inspect", wait_until="networkidle")
        page.on("request", lambda request: sent.append(request.url))
        for name in EXAMPLES:
            example(page, name)
        page.fill("#token", "Bearer x")
        page.get_by_role("button", name="Leave it off").click()
        page.fill("#token", token(jwt.Secret(SECRET, alg="HS256"), jku="https://evil.example/"))
        page.fill("#key", SECRET)
        page.select_option("#alg", "HS256")
        page.locator("#apart .verdict", has_text="Verified with your key").wait_for()
        page.wait_for_load_state("networkidle")
        assert sent == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert page.url == f"{server.url}/inspect"


@pytest.mark.requirement("users-pages:inspector-sealed")
def test_the_browser_itself_stops_a_connection_of_the_script(chromium, server):
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/inspect")
    outcome = "fetch('/livez').then(() => 'sent', () => 'stopped')"
    assert page.evaluate(outcome) == "stopped"
    context.close()


@pytest.mark.requirement("users-pages:inspector-verdict")
def test_the_button_alone_sends_the_token_and_shows_this_servers_verdict(chromium, server):
    body = {"username": "alice", "password": server.passphrases["alice"]}
    with server.http() as http:
        access = http.post("/login", json=body).json()["access_token"]
        jwks = http.get("/jwks.json").text
    with opened(chromium, server.url) as page:
        page.goto("/inspect")
        page.fill("#token", access)
        page.fill("#key", jwks)
        page.locator("#apart .verdict", has_text="Verified with your key").wait_for()
        with page.expect_request("**/inspect") as sent:
            page.get_by_role("button", name=SEND).click()
        assert sent.value.method == "POST"
        assert "RS256" not in (sent.value.post_data or "")  # the key field is not part of the form
        page.locator("#answer", has_text="Verified").wait_for()
        assert access not in page.url
        assert "preferred_username" in page.inner_text(".part.payload")
        said = "This server's verdict: Verified"
        page.locator("[role=status]", has_text=said).wait_for(state="attached")
        assert page.locator(".outcome").count() == 0
        page.fill("#key", jwks)
        page.locator("#apart .outcome", has_text="Verified with your key").wait_for()
        page.fill("#token", access + "x")
        assert page.locator("#answer").count() == 0


@pytest.mark.requirement("users-pages:inspector-verdict")
def test_the_servers_verdict_stands_alone_until_this_browser_knows_more(chromium, server):
    """Two verdicts on one token, one of them "not checked", leave a person with none."""
    body = {"username": "alice", "password": server.passphrases["alice"]}
    with server.http() as http:
        access = http.post("/login", json=body).json()["access_token"]
    encrypted = encrypted_token({"alg": "dir", "enc": "A128GCM"})
    with opened(chromium, server.url) as page:
        for text, said, others in (
            (f"{access}x", "This server's verdict: Refused", 0),
            (encrypted, "This server's verdict: Encrypted", 0),
            (f"{access}~W10~", "This server's verdict: Verified", 1),  # its disclosure is none
        ):
            page.goto("/inspect")
            page.fill("#token", text)
            page.locator("#apart .outcome").wait_for()
            follow(page.get_by_role("button", name=SEND))
            page.locator("[role=status]", has_text=said).wait_for(state="attached")
            assert page.locator(".outcome").count() == others
            check(page)


@pytest.mark.requirement("users-pages:keyboard-path")
def test_the_whole_page_works_with_the_keyboard(page):
    """WCAG 2.2 criteria 2.1.1, 2.4.3 and 2.4.7."""
    page.focus("#token")
    page.keyboard.insert_text(make_examples(CHANCE, int(time.time())).tokens[0].token)
    page.get_by_text("the signature is not checked").first.wait_for()
    seen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 40)"))
        if seen[-1].startswith("Verify with"):
            break
    assert [one for one in seen if one in EXAMPLES] == list(EXAMPLES)
    assert "Give its key" in seen
    assert "The JSON, byte for byte as it was encode" in seen
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    with following(page):
        page.keyboard.press("Enter")
    page.locator("#answer", has_text="Refused").wait_for()


def test_the_verdict_is_announced_to_who_does_not_see_it(page):
    """WCAG 2.2 criterion 4.1.3."""
    example(page, "Tampered with")
    assert page.locator("[role=status]").inner_text().startswith("Refused. ")
    example(page, "A good token")
    page.locator("[role=status]", has_text="Verified with your key. It expires in").wait_for()


@pytest.mark.requirement("users-pages:no-script-needed")
def test_without_script_the_server_takes_the_token_apart(chromium, server):
    """STYLE section 11."""
    with opened(chromium, server.url, java_script_enabled=False) as page:
        page.goto("/inspect")
        assert "Without JavaScript this server takes the token apart" in page.inner_text("main")
        expect(page.get_by_role("button", name="A good token")).to_be_hidden()
        expect(page.get_by_role("heading", name="Check the signature here")).to_be_hidden()
        page.get_by_label("The token").fill(make_examples(CHANCE, int(time.time())).tokens[0].token)
        follow(page.get_by_role("button", name=SEND))
        assert "Refused" in page.inner_text("#answer")
        assert "notes:read notes:write" in page.inner_text(".part.payload")
        expect(page.locator("svg.timeline")).to_be_visible()


def test_text_of_a_token_writes_nothing_into_the_page(page):
    evil = "<img src=x onerror=alert(1)>"
    page.fill("#token", jwt_parts({"alg": evil, evil: evil}, {evil: {evil: [evil, evil]}}))
    page.get_by_text("the signature is not checked").first.wait_for()
    assert evil in page.inner_text("#apart")
    assert page.locator("#apart img").count() == 0


def test_members_with_names_of_the_language_mean_nothing_special(page):
    claims = (
        '{"__proto__": {"exp": 1}, "constructor": 1, "toString": 2, "big": 12345678901234567890}'
    )
    header = base64url.encode(b'{"alg": "constructor", "hasOwnProperty": "x"}')
    page.fill("#token", f"{header}.{base64url.encode(claims.encode())}.AAAA")
    page.get_by_text("the signature is not checked").first.wait_for()
    text = page.inner_text(".part.payload")
    assert "__proto__" in text
    assert "12345678901234567890" in text
    assert page.locator("#apart .life").count() == 0


def test_the_time_line_holds_a_present_far_from_the_life_of_the_token(page):
    for iat, exp in ((1_500_000_000, 1_500_000_600), (4_000_000_000, 4_000_000_600)):
        page.fill("#token", jwt_parts({"alg": "ES256"}, {"iat": iat, "nbf": iat + 1, "exp": exp}))
        page.locator("#apart .life time", has_text=str(time.gmtime(iat).tm_year)).first.wait_for()
        life = page.locator(".life-span").bounding_box()
        whole = page.locator(".timeline").bounding_box()
        assert 0.5 < life["width"] / whole["width"] < 0.8


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_no_state_has_an_accessibility_violation_or_scrolls_sideways(chromium, server):
    """users.md U92."""
    with opened(chromium, server.url, **NARROW) as page:
        page.goto("/inspect")
        check(page)
        for name in EXAMPLES:
            example(page, name)
            page.eval_on_selector_all("main details", "all => all.forEach(one => one.open = true)")
            check(page)
        page.fill("#key", "")
        page.fill("#token", base64.b64encode(b'{"alg":"none"}').decode() + ".e30.x" + "y" * 300)
        page.locator(".verdict.bad").wait_for()
        check(page)
        page.fill("#key", "not a key")
        page.locator("#key-error", has_text="choose HS256").wait_for()
        check(page)
        follow(page.get_by_role("button", name=SEND))
        page.locator("#answer").wait_for()
        check(page)
        page.fill("#token", "")
        follow(page.get_by_role("button", name=SEND))
        page.locator("#token-error").wait_for()
        check(page)


def test_forced_colours_and_paper_leave_the_token_readable(chromium, server):
    """users.md U91."""
    with opened(chromium, server.url, forced_colors="active") as page:
        page.goto("/inspect")
        example(page, "A good token")
        fill = page.evaluate(
            "getComputedStyle(document.getElementById('token')).webkitTextFillColor"
        )
        assert fill != "rgba(0, 0, 0, 0)"
        page.emulate_media(media="print")
        expect(page.locator("#apart .verdict")).to_be_visible()
