"""The Flask guard from outside. Source: access.md 4.2, G1 to G5; security.md 80 to 93."""

import pytest
from flask import Blueprint, Flask, abort, redirect, request
from flask.views import MethodView
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker
from tests.guards.notes import Note, dump, filled, policy

from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.flask import Guard
from watchword.oauth.families import TokenState

ISSUER, AUDIENCE = "https://id.example.com", "https://api.example.com"
ALICE = "user_AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def app() -> Flask:
    return Flask(__name__)


@pytest.fixture
def auth(app, mint, clock) -> Guard:
    return Guard(ISSUER, audience=AUDIENCE, keys=mint.keys, clock=clock).install(app)


def add(app: Flask, method: str, path: str, view) -> None:
    app.add_url_rule(path, f"{method} {path}", view, methods=[method])


def mine(mint, **claims):
    return mint.token(**({"aud": AUDIENCE} | claims))


def ask(app: Flask, method: str, path: str, token: str | None = None, **given):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return app.test_client().open(
        path, method=method, headers=headers | given.pop("headers", {}), **given
    )


@pytest.fixture
def database(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/notes.db")
    session = scoped_session(sessionmaker(engine))
    filled(engine)
    yield session
    session.remove()
    engine.dispose()


@pytest.fixture
def notes(app, mint, clock, database, subjects):
    """The code of access.md 4.2."""
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=database,
        keys=mint.keys,
        clock=clock,
    ).install(app)

    @app.get("/notes")
    @auth.required
    def index():
        return [dump(n) for n in database.scalars(policy.select(auth.subject, "read", Note))]

    @app.post("/notes")
    @auth.required
    def create():
        note = Note(owner=request.json.get("owner", auth.subject.id), text=request.json["text"])
        database.add(policy.require(auth.subject, "create", note))
        database.commit()
        return dump(note), 201

    @app.get("/notes/<int:id>")
    @auth.may("read", Note)
    def read(note):
        return dump(note)

    @app.put("/notes/<int:id>")
    @auth.may("update", Note)
    def update(note):
        policy.change(auth.subject, "update", note, text=request.json["text"])
        database.commit()
        return dump(note)

    @app.delete("/notes/<int:id>")
    @auth.may("delete", Note)
    def delete(note):
        database.delete(note)
        database.commit()
        return "", 204

    return app


@pytest.mark.requirement("guards:flask:notes")
def test_notes_behave_as_the_policy_says(notes, mint):
    def as_(name, *roles):
        return mine(mint, sub=name, roles=list(roles or ("user",)))

    bo, cy, ana = as_("bo"), as_("cy"), as_("ana", "admin")
    listed = [[n["id"] for n in ask(notes, "GET", "/notes", who).json] for who in (bo, cy, ana)]
    assert listed == [[1, 3], [2, 3], [1, 2, 3]]
    foreign = ask(notes, "POST", "/notes", bo, json={"owner": "cy", "text": "x"})
    assert (foreign.status_code, foreign.json["code"]) == (403, "not_allowed")
    hidden, absent = (ask(notes, "GET", f"/notes/{n}", bo) for n in (2, 99))
    assert hidden.status_code == 404
    assert (hidden.data, list(hidden.headers)) == (absent.data, list(absent.headers))
    shown = ask(notes, "PUT", "/notes/3", bo, json={"text": "x"})
    assert (shown.status_code, shown.content_type) == (403, "application/problem+json")
    assert ask(notes, "POST", "/notes", bo, json={"text": "new"}).status_code == 201
    assert ask(notes, "PUT", "/notes/1", bo, json={"text": "x"}).json["text"] == "x"
    assert ask(notes, "DELETE", "/notes/1", bo).status_code == 204
    assert ask(notes, "DELETE", "/notes/2", ana).status_code == 204


@pytest.mark.requirement("access:F4:next-request")
def test_role_that_was_taken_away_is_gone_at_the_next_request(
    app, mint, clock, database, subjects, make_account
):
    """ASVS 5.0 8.3.2; access.md F4."""
    auth = Guard(
        ISSUER,
        audience=AUDIENCE,
        policy=policy,
        db=database,
        keys=mint.keys,
        subjects=subjects,
        clock=clock,
    ).install(app)
    add(app, "GET", "/notes/<int:id>", auth.may("read", Note)(dump))
    add(app, "GET", "/public", auth.public(lambda: "x"))
    token = mine(mint, roles=["admin"])
    admins = make_account(roles=frozenset({"admin"}))
    subjects.state = TokenState(admins, is_live=True, is_replaced=False)
    assert ask(app, "GET", "/notes/2", token).status_code == 200
    subjects.state = TokenState(make_account(), is_live=True, is_replaced=False)
    assert ask(app, "GET", "/notes/2", token).status_code == 404
    subjects.state = SubjectsUnavailable(retry_after=4)
    silent = ask(app, "GET", "/notes/2", token)
    assert (silent.status_code, silent.headers["Retry-After"]) == (503, "4")
    assert ask(app, "GET", "/public", token).data == b"x"


def test_refused_before_the_row_is_loaded(notes, mint):
    token = mine(mint, sub="bo")
    for text in ("word", "-1"):
        assert ask(notes, "GET", f"/notes/{text}", token).status_code == 404
    assert ask(notes, "GET", "/notes/1").status_code == 401


@pytest.mark.requirement("security:80:flask")
def test_bare_view_stops_every_request_and_is_named(app, auth, mint, caplog):
    add(app, "GET", "/open", lambda: "x")
    add(app, "GET", "/closed", auth.required(lambda: "x"))
    for path in ("/open", "/closed", "/nowhere"):
        answer = ask(app, "GET", path, mine(mint))
        assert (answer.status_code, answer.json["code"]) == (503, "unguarded_routes")
    assert "GET /open" in caplog.text
    assert [str(each) for each in auth.routes() if not each.access] == ["GET /open"]


def test_public_is_declared_by_path_endpoint_or_decorator(app, mint, clock):
    auth = Guard(
        ISSUER, audience=AUDIENCE, keys=mint.keys, public=["/a", "b", "parts.static"], clock=clock
    ).install(app)
    add(app, "GET", "/a", lambda: "a")
    app.add_url_rule("/b", "b", lambda: "b")
    add(app, "GET", "/c", auth.public(lambda: "c"))
    app.register_blueprint(Blueprint("parts", __name__, static_folder="x"), url_prefix="/parts")
    assert [ask(app, "GET", path).data for path in ("/a", "/b", "/c")] == [b"a", b"b", b"c"]
    words = {each.path: each.access for each in auth.routes()}
    assert set(words.values()) == {"public"}


def test_application_says_what_each_route_declares(notes, app):
    words = {str(each): each.access for each in app.extensions["watchword"].routes()}
    assert words["GET /notes"] == "required"
    assert words["PUT /notes/<int:id>"] == "may('update', Note)"


def test_guard_without_an_application_has_no_routes(mint):
    guard = Guard(ISSUER, audience=AUDIENCE, keys=mint.keys)
    with pytest.raises(RuntimeError, match="install"):
        guard.routes()
    with pytest.raises(TypeError, match="policy="):
        guard.may("read", Note)


def test_scopes_are_required_and_named(app, auth, mint):
    @app.delete("/notes")
    @auth.required("notes:read", "notes:delete")
    def drop():
        return auth.user.name

    @app.get("/notes")
    @auth.require("notes:read")
    def read():
        return auth.user.name

    refused = ask(app, "DELETE", "/notes", mine(mint))
    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")
    challenge = refused.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="notes:read notes:delete"' in challenge
    assert ask(app, "GET", "/notes", mine(mint)).data == b"alice"
    unknown = ask(app, "DELETE", "/notes").headers["WWW-Authenticate"]
    assert 'scope="notes:read notes:delete"' in unknown
    assert "resource_metadata=" in unknown
    assert list(auth.scopes) == ["notes:read", "notes:delete"]


@pytest.mark.requirement("users:U3:owner-by-id")
def test_owner_is_a_function_of_the_arguments_or_a_path(app, mint, clock, database):
    auth = Guard(
        ISSUER, audience=AUDIENCE, policy=policy, db=lambda: database, keys=mint.keys, clock=clock
    ).install(app)

    @app.get("/things/<int:number>/<name>")
    @auth.require(owner=lambda number: {7: ALICE}.get(number, "alice"))
    def thing(number, name):
        return name

    @app.get("/notes/<int:id>")
    @auth.may("read", Note)
    @auth.require("notes:read", owner="note.owner")
    def read(note):
        return dump(note)

    assert ask(app, "GET", "/things/7/x", mine(mint)).data == b"x"
    refused = ask(app, "GET", "/things/8/x", mine(mint))
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
    assert ask(app, "GET", "/things/8/x", mine(mint, roles=["admin"])).status_code == 200
    assert ask(app, "GET", "/notes/3", mine(mint, sub="cy")).status_code == 200
    assert ask(app, "GET", "/notes/3", mine(mint)).status_code == 403
    assert ask(app, "GET", "/notes/3", mine(mint, scope="other")).status_code == 403


def test_login_may_be_too_weak(app, auth, mint):
    add(app, "GET", "/pay", auth.require(acr="aal2", max_age="5m")(lambda: "x"))
    refused = ask(app, "GET", "/pay", mine(mint))
    assert (refused.status_code, refused.json["code"]) == (401, "step_up_required")
    assert 'acr_values="aal2", max_age="300"' in refused.headers["WWW-Authenticate"]


def test_optional_knows_who_sends_a_token(app, auth, mint):
    @app.get("/hello")
    @auth.optional
    def hello():
        return auth.caller.name if auth.caller else "nobody"

    assert ask(app, "GET", "/hello").data == b"nobody"
    assert ask(app, "GET", "/hello", mine(mint)).data == b"alice"
    assert ask(app, "GET", "/hello", mine(mint, exp=1)).status_code == 401


def test_user_of_a_public_view_is_known_or_refused(app, auth, mint):
    add(app, "GET", "/who", auth.public(lambda: auth.user.name))
    assert ask(app, "GET", "/who", mine(mint)).data == b"alice"
    assert ask(app, "GET", "/who").status_code == 401


def test_views_may_be_async(app, auth, mint):
    @app.get("/async")
    @auth.required
    async def view():
        return auth.user.name

    @app.get("/open")
    @auth.public
    async def open_view():
        return "open"

    assert ask(app, "GET", "/async", mine(mint)).data == b"alice"
    assert ask(app, "GET", "/async").status_code == 401
    assert ask(app, "GET", "/open").data == b"open"


def test_class_declares_for_all_its_methods_or_for_each(app, auth, mint):
    class Whole(MethodView):
        decorators = (auth.required,)

        def get(self):
            return "whole"

    class Each(MethodView):
        @auth.required
        def get(self):
            return "each"

        @auth.public
        def post(self):
            return "open"

    app.add_url_rule("/whole", view_func=Whole.as_view("whole"))
    app.add_url_rule("/each", view_func=Each.as_view("each"))
    assert ask(app, "GET", "/whole").status_code == 401
    assert ask(app, "GET", "/whole", mine(mint)).data == b"whole"
    assert ask(app, "GET", "/each").status_code == 401
    assert ask(app, "GET", "/each", mine(mint)).data == b"each"
    assert ask(app, "POST", "/each").data == b"open"


def test_class_with_one_bare_method_is_bare(app, auth):
    class Half(MethodView):
        @auth.required
        def get(self):
            return "x"

        def delete(self):
            return "x"

    app.add_url_rule("/half", view_func=Half.as_view("half"))
    assert ask(app, "GET", "/half").status_code == 503


@pytest.mark.requirement("security:93:methods")
def test_methods_without_a_handler_reach_nothing(app, auth, mint):
    add(app, "GET", "/x", auth.required(lambda: "secret"))
    for method in ("HEAD", "OPTIONS", "POST", "TRACE", "FROBNICATE"):
        answer = ask(app, method, "/x")
        assert answer.status_code in {401, 405}, method
    assert ask(app, "HEAD", "/x", mine(mint)).data == b""
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    assert ask(app, "OPTIONS", "/x", headers=asked).status_code == 200
    wrong = ask(app, "POST", "/x", mine(mint))
    assert wrong.json["code"] == "method_not_allowed"
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.requirement("security:82:one-token-in-the-header")
def test_token_counts_in_one_header_only(app, auth, mint):
    add(app, "POST", "/x", auth.required(lambda: "secret"))
    token = mine(mint)
    twice = ask(app, "POST", "/x", headers={"Authorization": f"Bearer {token},Bearer {token}"})
    assert (twice.status_code, twice.json["code"]) == (400, "token_repeated")
    assert ask(app, "POST", f"/x?access_token={token}", token).status_code == 400
    assert ask(app, "POST", "/x", data={"access_token": token}).status_code == 401
    assert ask(app, "POST", "/x", headers={"Cookie": f"access_token={token}"}).status_code == 401


def test_framework_answers_problems_and_what_an_application_says_stays(app, auth, mint):
    add(app, "GET", "/said", auth.public(lambda: abort(404, "no such thing")))
    add(app, "GET", "/short", auth.public(lambda: abort(404)))
    add(app, "POST", "/json", auth.public(lambda: request.json))
    add(app, "GET", "/teapot", auth.public(lambda: abort(418)))
    add(app, "GET", "/broken", auth.public(lambda: 1 / 0))
    assert b"no such thing" in ask(app, "GET", "/said").data
    for path, status in (("/short", 404), ("/nowhere", 404), ("/broken", 500)):
        answer = ask(app, "GET", path)
        assert (answer.status_code, answer.json["status"]) == (status, status)
    for body, kind in ((b"{", "application/json"), (b"x", "text/plain")):
        answer = ask(app, "POST", "/json", data=body, content_type=kind)
        assert answer.json["code"] == "invalid_request"
    assert ask(app, "GET", "/teapot").status_code == 418


@pytest.mark.requirement("guards:no-redirect-from-host")
def test_redirect_repeats_no_host(app, auth):
    add(app, "GET", "/dir/", auth.public(lambda: "x"))
    add(app, "GET", "/away", auth.public(lambda: redirect("https://other.example/")))
    answer = ask(app, "GET", "/dir", headers={"Host": "evil.example"})
    assert answer.headers["Location"] == "/dir/"
    assert ask(app, "GET", "/away").headers["Location"] == "https://other.example/"


@pytest.mark.requirement("rfc9728:3:published")
def test_document_of_the_resource_is_public(app, auth):
    add(app, "GET", "/x", auth.require("notes:read")(lambda: "x"))
    path = "/.well-known/oauth-protected-resource"
    told = ask(app, "GET", path).json
    assert told["authorization_servers"] == [ISSUER]
    assert told["scopes_supported"] == ["notes:read"]
    assert ask(app, "OPTIONS", path).status_code == 204
    assert ask(app, "HEAD", path).data == b""


def test_body_that_does_not_fit_is_a_problem_that_repeats_nothing(app, auth):
    errors = [{"loc": ("owner",), "type": "extra", "msg": "not permitted", "input": "canary"}]
    add(app, "GET", "/x", auth.public(lambda: auth.invalid(errors)))
    answer = ask(app, "GET", "/x")
    assert answer.status_code == 422
    assert answer.json["errors"] == [{"in": "body", "pointer": "/owner", "detail": "not permitted"}]
    assert b"canary" not in answer.data


def test_what_one_request_proved_says_nothing_of_the_next(app, auth, mint):
    """An application context that is pushed around both is one `flask.g` for both."""
    add(app, "GET", "/x", auth.required(lambda: auth.user.id))
    with app.app_context():
        assert ask(app, "GET", "/x", mine(mint)).status_code == 200
        assert ask(app, "GET", "/x", mine(mint, sub="bo")).data == b"bo"
        assert ask(app, "GET", "/x").status_code == 401


def test_body_is_not_read_for_a_stranger(app, auth):
    read = []

    @app.before_request
    def early():
        read.append(request.get_data())

    add(app, "POST", "/x", auth.required(lambda: "x"))
    assert ask(app, "POST", "/x", data=b"body").status_code == 401
    assert read == []


def test_routes_of_another_guard_are_left_to_it(app, auth, mint, clock):
    other = Guard("https://other.example", audience=AUDIENCE, keys=mint.keys, clock=clock)
    add(app, "GET", "/theirs", other.required(lambda: "x"))
    assert ask(app, "GET", "/theirs", mine(mint)).status_code == 401
    assert ask(app, "GET", "/theirs", mine(mint, iss="https://other.example")).data == b"x"
