"""What every HTML answer carries, and what the pages weigh."""

import re

import pytest

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
PAGES = [
    "/",
    "/signin",
    "/setup?link=x",
    "/errors/token_expired",
    "/errors/no_such_code",
    "/no-such-page",
]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
}


SCRIPT_OF_A_FILE = re.compile(
    r'<script type="module" src="/static/[0-9a-f]{16}/[a-z-]+\.js"></script>'
)


@pytest.fixture
def http(server):
    with server.http(headers={"accept": "text/html"}) as http:
        yield http


def answers(http):
    for path in PAGES:
        yield http.get(path)
    token = TOKEN.search(http.get("/signin").text)[1]
    yield http.post("/signin", data={"form_token": token, "username": "alice", "password": "no"})
    yield http.post("/signin", data={"form_token": "x"}, headers={"sec-fetch-site": "cross-site"})
    yield http.post("/signin", content=b"{}", headers={"content-type": "application/json"})
    yield http.post("/signin", data={"form_token": "x" * 10_000})
    yield http.delete("/signin")


@pytest.mark.requirement("users-pages:headers-of-every-page")
def test_every_html_answer_carries_the_policy(http):
    """users.md U30; security.md rule 77."""
    for answer in answers(http):
        where = f"{answer.request.method} {answer.request.url} {answer.status_code}"
        assert answer.headers["content-type"] == "text/html; charset=utf-8", where
        assert set(answer.headers["content-security-policy"].split("; ")) == POLICY, where
        assert answer.headers["x-content-type-options"] == "nosniff", where
        assert answer.headers["referrer-policy"] == "no-referrer", where
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", where
        assert answer.headers["cache-control"] == "no-store", where
        assert "strict-transport-security" not in answer.headers, where


@pytest.mark.requirement("users-pages:no-inline-script-or-style")
def test_no_page_holds_inline_script_or_style_or_names_another_host(http):
    """users.md U30; STYLE section 11."""
    for answer in answers(http):
        text = answer.text
        assert "<script" not in SCRIPT_OF_A_FILE.sub("", text)
        assert "<style" not in text
        assert not re.search(r"\s(style|on[a-z]+)=", text)
        assert not re.search(r'(src|href|action)="(https?:)?//', text)


def test_every_page_has_a_title_a_language_one_heading_and_landmarks(http):
    """WCAG 2.2 criteria 2.4.2 and 3.1.1; users.md U92."""
    for answer in answers(http):
        assert '<html lang="en" dir="ltr">' in answer.text
        assert re.search(r"<title>[^<]+ · watchword</title>", answer.text)
        assert answer.text.count("<h1") == 1
        assert answer.text.count("<main") == 1


@pytest.mark.requirement("users-pages:weight")
def test_the_sign_in_page_weighs_at_most_40_kb_in_4_requests(http):
    """users.md U91 and U93."""
    page = http.get("/signin")
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    bodies = [http.get(path) for path in files]
    assert len(bodies) + 1 <= 4
    assert len(page.content) + sum(len(body.content) for body in bodies) <= 40_000
    [sheet] = [body for body in bodies if body.headers["content-type"].startswith("text/css")]
    assert len(sheet.content) <= 20_000


def test_static_files_are_kept_by_their_version(http):
    """users.md U93: cacheable by hash."""
    [path] = re.findall(r'href="(/static/[^"]+\.css)"', http.get("/").text)
    assert http.get(path).headers["cache-control"] == "public, max-age=31536000, immutable"
    other = http.get("/static/0000000000000000/watchword.css")
    assert other.status_code == 200
    assert other.headers["cache-control"] == "no-cache"
    assert other.content == http.get(path).content


@pytest.mark.parametrize(
    "path", ["/static/x/none.css", "/static/x/..%2frender.py", "/static/x/base.html"]
)
def test_what_is_no_static_file_is_not_found(http, path):
    assert http.get(path).status_code == 404


def test_a_page_of_a_failure_keeps_the_headers_of_the_failure(http):
    """RFC 9110 section 15.5.6."""
    assert http.delete("/signin").headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_page_names_its_failure(http):
    """users.md U58: what happened, whose fault, what to do, the id."""
    answer = http.post("/signin", content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code == 415
    for words in ("What to do", "Whose fault", "Reference", "failure_"):
        assert words in answer.text
