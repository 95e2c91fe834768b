"""What the pages say when something behind them is busy, gone, or changed meanwhile. In process."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount

from watchword.accounts.credentials import CredentialContext
from watchword.accounts.links import LinkPurpose, new_link
from watchword.accounts.origin import NOWHERE
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.users import NewUser
from watchword.base.chance import SYSTEM as CHANCE
from watchword.base.chance import new_id, new_secret
from watchword.base.secrets import Secret, digest
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.pages.issuing import issue_pair
from watchword.cli.demo.pages.routes import start_routes
from watchword.cli.demo.pages.start import StartPage
from watchword.cli.demo.pages.trials import Pair
from watchword.oauth.errors import Busy
from watchword.server.app import AuthServer
from watchword.server.cookies import cookie_rules
from watchword.server.pages.assets import load_assets, own_assets
from watchword.server.settings import Settings
from watchword.stores import migrate
from watchword.stores.errors import StoreUnavailable

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
PASSPHRASE = "seven brown dogs walk home"
NOTES = Notes({"alice": 1}, 3, {"alice": 2})


class BusyHasher:
    async def hash(self, *_):
        raise Busy("too many", retry_after=7)

    async def verify(self, *_):
        raise Busy("too many", retry_after=7)


class Faulty:
    """A store of which one verb is replaced."""

    def __init__(self, store, **verbs):
        self._store = store
        self._verbs = verbs

    def __getattr__(self, name):
        return self._verbs.get(name) or getattr(self._store, name)


@asynccontextmanager
async def site(tmp_path):
    """Yield the server, the start page and a browser, with alice as a user."""
    settings = Settings(database=f"sqlite:///{tmp_path}/w.db", key_file=f"{tmp_path}/w.key")
    await migrate(settings.database)
    auth = AuthServer(settings)
    auth.resource(f"{auth.issuer}/notes", scopes={"notes:read": "Read"})
    await auth.startup()
    runtime = auth.runtime
    alice = NewUser(
        id=new_id(CHANCE, "user"),
        name="alice",
        password_hash=await runtime.hasher.hash(Secret(PASSPHRASE), PARAMETERS),
        roles=frozenset(),
        created_at=runtime.clock.now(),
    )
    await runtime.store.add_user(alice)
    start = StartPage(["alice"], NOTES)
    app = Starlette(routes=[*start_routes(start, auth), Mount("/", auth)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as http:
        yield auth, start, http
    await auth.shutdown()


async def press(http, path, *, shown="/signin", **form):
    page = await http.get(shown)
    return await http.post(path, data={"form_token": TOKEN.search(page.text)[1], **form})


async def sign_in(http):
    return await press(http, "/signin", username="alice", password=PASSPHRASE)


def busy(runtime):
    credentials = CredentialContext(runtime.store, BusyHasher(), runtime.clock, b"k" * 32)
    flow = replace(runtime.flow, credentials=credentials)
    return replace(runtime, hasher=BusyHasher(), credentials=credentials, flow=flow)


def test_a_busy_server_says_so_on_the_form_and_when_to_come_back(tmp_path):
    """security.md rule 34."""

    async def look():
        async with site(tmp_path) as (auth, _, http):
            running, auth._runtime = auth._runtime, busy(auth.runtime)
            answer = await sign_in(http)
            auth._runtime = running
            return answer

    answer = asyncio.run(look())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert "Too many people are signing in" in answer.text
    assert 'value="alice"' in answer.text


def test_a_busy_server_leaves_a_set_up_link_alive(tmp_path):
    async def look():
        async with site(tmp_path) as (auth, _, http):
            store, now = auth.runtime.store, auth.runtime.clock.now()
            secret = new_secret(CHANCE)
            user = await store.find_user("alice")
            purpose = LinkPurpose.SET_PASSWORD
            await store.add_link(new_link(secret, purpose=purpose, user_id=user.id, now=now))
            link = secret.reveal()
            running, auth._runtime = auth._runtime, busy(auth.runtime)
            answer = await press(
                http,
                "/setup",
                shown=f"/setup?link={link}",
                link=link,
                password=PASSPHRASE,
                repeated=PASSPHRASE,
            )
            auth._runtime = running
            found = await store.find_link(digest(secret), purpose, now=now)
            return answer, found

    answer, found = asyncio.run(look())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert found.name == "alice"


def test_an_account_that_changed_during_the_sign_in_is_refused_like_any_other(tmp_path):
    """security.md rule 42: suspended between the comparison and the session."""

    async def refuse(*_, **__):
        return None

    async def look():
        async with site(tmp_path) as (auth, _, http):
            running = auth._runtime
            auth._runtime = replace(running, store=Faulty(running.store, open_session=refuse))
            answer = await sign_in(http)
            auth._runtime = running
            return answer

    answer = asyncio.run(look())
    assert answer.status_code == 400
    assert "do not match an account" in answer.text
    assert "watchword-session" not in answer.headers.get("set-cookie", "")


def test_an_unreachable_database_gets_a_page_that_says_whose_fault_it_is(tmp_path):
    """Issue 2 (8); users.md U58."""

    async def fail(*_, **__):
        raise StoreUnavailable("the disk is gone", fix="bring it back")

    async def look():
        async with site(tmp_path) as (auth, _, http):
            running = auth._runtime
            http.cookies.set(cookie_rules(auth.issuer).session, "S" * 43)
            auth._runtime = replace(running, store=Faulty(running.store, find_session=fail))
            answer = await http.get("/signin")
            auth._runtime = running
            return answer

    answer = asyncio.run(look())
    assert answer.status_code == 503
    assert "The database cannot be reached" in answer.text
    assert "the disk is gone" not in answer.text


def test_a_spent_refresh_token_leads_to_another_pair_of_the_same_session(tmp_path):
    async def look():
        async with site(tmp_path) as (_, start, http):
            await sign_in(http)
            await http.get("/")
            [trial] = start._trials._by_sid.values()
            trial.pair = Pair(trial.pair.access_token, Secret("x" * 43))
            answer = await press(http, "/try/refresh", shown="/")
            return answer, trial.pair

    answer, pair = asyncio.run(look())
    assert answer.headers["location"] == "/#token"
    assert pair.refresh_token.reveal() != "x" * 43


def test_without_a_policy_to_ask_the_answer_speaks_for_itself(tmp_path):
    async def look():
        async with site(tmp_path) as (_, _, http):
            await sign_in(http)
            await press(http, "/try/call", shown="/", call="list")
            return (await http.get("/")).text

    page = asyncio.run(look())
    assert "404</samp> Not Found" in page  # there is no notes API behind this page


def test_a_session_that_ended_meanwhile_is_issued_nothing(tmp_path):
    """oauth.md section 0 (8)."""

    async def look():
        async with site(tmp_path) as (auth, _, _):
            return await issue_pair("sid_unknown", NOWHERE, auth.runtime)

    assert asyncio.run(look()) is None


def test_static_files_are_only_of_types_that_pages_use(tmp_path):

    assert {name.rpartition(".")[2] for name in own_assets()} == {"css", "js", "svg"}
    (tmp_path / "notes.txt").write_text("not served")
    (tmp_path / "folder.js").mkdir()
    (tmp_path / "a.css").write_text("a{}")
    assert set(load_assets(tmp_path)) == {"a.css"}


def test_a_change_of_one_script_changes_the_address_of_all(tmp_path):
    """They import one another by a relative address."""
    for name in ("a.js", "b.js", "c.css"):
        (tmp_path / name).write_text("1")
    before = load_assets(tmp_path)
    (tmp_path / "a.js").write_text("2")
    after = load_assets(tmp_path)
    assert after["a.js"].version == after["b.js"].version != before["b.js"].version
    assert after["c.css"].version == before["c.css"].version
