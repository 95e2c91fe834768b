"""The proof that the flow works: every step of it, in process, against a demonstration of its own.

Source: ARCHITECTURE section 6 (`watchword demo --check`); users.md U23.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

import httpx2

from watchword.base.records import dataclass
from watchword.cli.demo.app import make_app, make_settings
from watchword.cli.demo.seeds import NOTES
from watchword.cli.demo.users import Person

__all__ = ["Proof", "prove"]

PORT = 8000  # nobody listens: requests stay in the process
STEP_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Proof:
    """One step: what was asked, what should come back, what did."""

    title: str
    request: str
    expected: int
    status: int
    code: str  # of a refusal

    @property
    def holds(self) -> bool:
        """Whether the answer is the expected one."""
        return self.status == self.expected


@dataclass(slots=True)
class Walk:
    """A client that writes down what it is answered."""

    http: httpx2.AsyncClient
    proofs: list[Proof] = field(default_factory=list)

    async def step(
        self,
        title: str,
        request: str,
        expected: int,
        *,
        token: str | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Mapping[str, object]:
        """Make one request and return the members of its answer.

        Args:
            title: what it shows.
            request: method and path.
            expected: the status.
            token: goes into the Authorization header.
            body: goes out as JSON.
        """
        method, _, path = request.partition(" ")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        response = await self.http.request(method, path, headers=headers, json=body)
        document = response.json() if response.content else {}
        members = document if isinstance(document, dict) else {}
        code = str(members.get("code") or members.get("error") or "")
        self.proofs.append(Proof(title, request, expected, response.status_code, code))
        return members


async def prove() -> Sequence[Proof]:
    """Walk through the whole flow and return every step."""
    people: dict[str, Person] = {}

    def announce(told: Sequence[Person], _notes: object) -> None:
        people.update({person.user.name: person for person in told})

    with tempfile.TemporaryDirectory(prefix="watchword-demo-") as directory:
        settings = make_settings(Path(directory), PORT)
        app = make_app(settings, announce=announce)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app),
                base_url=settings.issuer,
                timeout=STEP_SECONDS_MAX,
            ) as http,
        ):
            walk = Walk(http)
            pair = await _log_in(walk, people["alice"])
            token = str(pair.get("access_token"))
            await _use(walk, token)
            await _be_refused(walk, token)
            admin = await _log_in(walk, people["admin"])
            await walk.step(
                "An admin reads anybody's",
                f"GET /notes/{NOTES.own['alice']}",
                200,
                token=str(admin.get("access_token")),
            )
            await _end(walk, str(pair.get("refresh_token")))
    return walk.proofs


async def _log_in(walk: Walk, person: Person) -> Mapping[str, object]:
    name = person.user.name
    guess = {"username": name, "password": "not the passphrase at all"}
    await walk.step(f"A wrong password for {name}", "POST /login", 401, body=guess)
    right = {"username": name, "password": person.passphrase.reveal()}
    return await walk.step(f"{name} logs in", "POST /login", 200, body=right)


async def _use(walk: Walk, token: str) -> None:
    """Create, read, change and delete a note of one's own."""
    draft = {"title": "Mine", "body": "Written with a token"}
    note = await walk.step("Write a note", "POST /notes", 201, token=token, body=draft)
    own = f"/notes/{note.get('id')}"
    await walk.step("Read it", f"GET {own}", 200, token=token)
    await walk.step("Change it", f"PUT {own}", 200, token=token, body={**draft, "title": "Ours"})
    await walk.step("List what may be read", "GET /notes", 200, token=token)
    await walk.step("Delete it", f"DELETE {own}", 204, token=token)
    await walk.step("Who am I", "GET /me", 200, token=token)


async def _be_refused(walk: Walk, token: str) -> None:
    """Meet every kind of no."""
    signed, _, signature = token.rpartition(".")
    forged = f"{signed}.{signature[::-1]}"
    stranger, shared = NOTES.strangers["alice"], NOTES.shared
    await walk.step("No token", "GET /notes", 401)
    await walk.step("A forged token", "GET /notes", 401, token=forged)
    await walk.step("A stranger's note", f"GET /notes/{stranger}", 404, token=token)
    await walk.step("Read a shared note", f"GET /notes/{shared}", 200, token=token)
    await walk.step("Delete a shared note", f"DELETE /notes/{shared}", 403, token=token)
    foreign = {"title": "x", "body": "x", "nonsense": 1}
    await walk.step("An unknown field", "POST /notes", 422, token=token, body=foreign)


async def _end(walk: Walk, refresh_token: str) -> None:
    """Refresh, log out, and find everything ended."""
    spent = {"refresh_token": refresh_token}
    pair = await walk.step("Refresh", "POST /refresh", 200, body=spent)
    token, live = str(pair.get("access_token")), {"refresh_token": pair.get("refresh_token")}
    await walk.step("Use the next token", "GET /notes", 200, token=token)
    await walk.step("Log out", "POST /logout", 204, body=live)
    await walk.step("Use a token of an ended session", "GET /notes", 401, token=token)
    await walk.step("Refresh an ended session", "POST /refresh", 400, body=live)
