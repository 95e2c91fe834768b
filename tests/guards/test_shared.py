"""Shares that administrators keep as data count at the next request, in every door.

access.md P8 and S6: where shares lie in another place than the rows, they come with the subject.
"""

import asyncio
import time
from functools import partial
from typing import Annotated

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.access.example import Note
from tests.guards.browser import HTML, Browser, add_user
from tests.guards.browser import ORIGIN as BROWSER_ORIGIN
from tests.test_fastapi import ALICE, ORIGIN, PASSWORD, Person

from watchword import fastapi, flask, starlette
from watchword.access import Policy
from watchword.access.shares import SHARES_MAX
from watchword.access.shares import Share as Held
from watchword.accounts.administration.shares import Share
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.clock import SYSTEM
from watchword.base.secrets import Secret
from watchword.guards.embedded import StoreSubjects
from watchword.guards.errors import SubjectsUnavailable
from watchword.guards.shared import SharedWith

SHARED = Share("note", "7", "editor", "subject", ALICE)
LONG_AGO, FOR_A_MINUTE = 1, 60


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WATCHWORD_URL", raising=False)


def policy() -> Policy:
    rules = Policy(roles={"lead": ["writer"], "writer": []}, context={"now": int})

    @rules.allow("read", on=Note)
    def shared(me, note):
        """A note that is shared with you may be read."""
        return note.shared("editor", me)

    return rules


def may(rules: Policy, subject) -> bool:
    note = Note(id=7, owner="cy", text="lunch", shared_role=None)
    return rules.check(subject, "read", note).allowed


def of_fastapi():
    rules, app = policy(), FastAPI()
    auth = fastapi.Auth("sqlite:///app.db", policy=rules).mount(app)

    @app.get("/may")
    def asked(subject: Annotated[fastapi.Subject, auth.subject]) -> bool:
        return may(rules, subject)

    return auth, app


def of_starlette():
    rules = policy()
    auth = starlette.Auth("sqlite:///app.db", policy=rules)

    @auth.required
    async def asked(_request):
        return JSONResponse(may(rules, auth.subject))

    app = Starlette(routes=[Route("/may", asked)])
    auth.mount(app)
    return auth, app


@pytest.mark.requirement("access:P8:shares-in-guards")
@pytest.mark.parametrize("door", [of_fastapi, of_starlette])
def test_a_share_counts_from_the_next_request_until_it_ends(door):
    auth, app = door()
    with TestClient(app, base_url=ORIGIN) as client:
        alice = Person(client, auth, ALICE, "alice")
        store, now = auth.server.runtime.store, int(time.time())

        def asked() -> bool:
            answer = client.get("/may", headers=alice.header)
            assert answer.status_code == 200, answer.text
            return answer.json()

        def change(verb, **given):
            client.portal.call(partial(verb, SHARED, now=now, **given))

        assert not asked()
        change(store.add_share, expires_at=now + FOR_A_MINUTE)
        assert asked()
        change(store.add_share, expires_at=LONG_AGO)
        assert not asked()
        change(store.add_share, expires_at=None)
        assert asked()
        change(store.remove_share)
        assert not asked()


@pytest.mark.requirement("access:P8:shares-in-guards")
def test_a_share_with_a_role_that_the_policy_includes_counts_in_threads():
    rules, app = policy(), Flask(__name__)
    auth = flask.Auth("sqlite:///app.db", policy=rules).mount(app)

    @app.get("/may")
    @auth.required
    def asked():
        return {"may": may(rules, auth.subject)}

    client = app.test_client()

    def run(verb, *given, **named):
        return auth._loop.run(getattr(auth.server.runtime.store, verb)(*given, **named))

    try:
        assert client.get("/may", base_url=ORIGIN).status_code == 401
        run("add_role", "writer", "Writes", now=1)
        run("add_share", Share("note", "7", "editor", "role", "writer"), expires_at=None, now=1)
        seen = {}
        for name, roles in (("alice", {"lead"}), ("bob", {"reader"})):
            user = _user(auth, f"user_{name * 4}", name, roles)
            run("add_user", user)
            login = {"username": name, "password": PASSWORD}
            pair = client.post("/auth/login", base_url=ORIGIN, json=login).json
            header = {"Authorization": f"Bearer {pair['access_token']}"}
            seen[name] = client.get("/may", base_url=ORIGIN, headers=header).json["may"]
        assert seen == {"alice": True, "bob": False}
    finally:
        auth.close()


def _user(auth, user_id, name, roles):
    hashed = auth._loop.run(auth.server.runtime.hasher.hash(Secret(PASSWORD), PARAMETERS))
    return NewUser(user_id, name, hashed, frozenset(roles), 1)


@pytest.mark.requirement("access:P8:shares-in-guards")
def test_a_share_counts_for_a_browser_too(tmp_path):
    rules, app = policy(), FastAPI()
    auth = fastapi.Auth(f"sqlite:///{tmp_path}/app.db", policy=rules).mount(app)

    @app.get("/may")
    def asked(subject: Annotated[fastapi.Subject, auth.session.subject]) -> bool:
        return may(rules, subject)

    with TestClient(app, base_url=BROWSER_ORIGIN) as client:
        browser = Browser(client, auth)
        user_id = add_user(browser)
        browser.sign_in()
        assert client.get("/may", headers=HTML).json() is False
        own = Share("note", "7", "editor", "subject", user_id)
        browser.store("add_share", own, expires_at=None, now=1)
        assert client.get("/may", headers=HTML).json() is True


class Rows:
    """A reader of so many shares that notes what it is asked."""

    def __init__(self, count: int) -> None:
        self.count, self.asked = count, []

    async def shares_of(self, subject_id, roles, *, now, at_most):
        self.asked.append((subject_id, sorted(roles), at_most))
        ends = now + FOR_A_MINUTE
        numbers = range(self.count)
        return [Held("note", str(n), "editor", subject_id, expires_at=ends) for n in numbers]


def read(rules: Policy, rows: Rows):
    return asyncio.run(SharedWith(rows, rules, SYSTEM).read("bo", frozenset({"lead"})))


def test_nothing_is_read_where_no_rule_asks():
    rows = Rows(1)
    assert read(Policy(roles={"lead": []}), rows) is None
    assert rows.asked == []


def test_more_shares_than_a_subject_may_bring_refuse():
    rows = Rows(SHARES_MAX)
    found = read(policy(), rows)
    assert len(found) == SHARES_MAX
    assert {share.expires_at for share in found} == {None}  # live at this moment
    assert rows.asked == [("bo", ["lead", "writer"], SHARES_MAX)]
    with pytest.raises(SubjectsUnavailable) as refused:
        read(policy(), Rows(SHARES_MAX + 1))
    assert refused.value.detail == f"more than {SHARES_MAX} shares"


def test_a_store_that_is_not_there_refuses_for_a_while():
    def away():
        raise RuntimeError("the server does not run")

    source = SharedWith(StoreSubjects(away), policy(), SYSTEM)
    with pytest.raises(SubjectsUnavailable) as refused:
        asyncio.run(source.read("bo", frozenset()))
    assert refused.value.detail == "the server does not run"
