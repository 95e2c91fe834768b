"""Tokens a second of the authorization server on one core, beside node-oidc-provider.

Ours writes durably to SQLite; the peer keeps everything in a Map, its fastest documented use. Both
answer the same requests of the same load, each as one process on one core, the load on another,
and they take turns, row by row. A figure is answers for each second of processor time that the
server took, which others on the machine disturb least. Read ratios.

Usage: .venv/bin/python bench/authserver.py [--seconds 5] [--connections 16]
"""

import argparse
import asyncio
import base64
import contextlib
import importlib.metadata
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

sys.path.insert(0, str(Path(__file__).parent))
from environments import PEERS, node_script
from load import Result, chained, closed, once, request

from server import LOAD_CORE, SERVER_CORE, Server

PEER = PEERS / "oidc_provider"
CLIENT, SECRET, REDIRECT, VERIFIER = "app", "s" * 43, "https://app.example/cb", "v" * 43
RESOURCE, OPAQUE = "https://api.example/notes", "https://api.example/opaque"
BASIC = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "cryptography", "apsw")
CODES_MAX = 20_000  # made beforehand; a round that needs more ends early

PREPARE = """
import asyncio, sys
from watchword.accounts.users import NewUser
from watchword.base import chance
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin
from watchword.stores import migrate, open_store

directory, client_id, secret, redirect = sys.argv[1:]
database = f"sqlite:///{directory}/watchword.db"

async def prepare():
    await migrate(database)
    async with await open_store(database) as store:
        user_id = chance.new_id(chance.SYSTEM, "user")
        await store.add_user(NewUser(user_id, "alice", None, frozenset(), 1))
        await store.register_client(Client(
            client_id, "App", is_first_party=False, is_default=False, scopes=None,
            origin=ClientOrigin.ADMINISTRATOR,
            grant_types=frozenset({"authorization_code", "client_credentials", "refresh_token"}),
            auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
            secret_hash=digest(Secret(secret)), redirect_uris=(redirect,),
        ))

asyncio.run(prepare())
"""

WATCHWORD = """
import sys
from watchword.cli.loading import load
load("watchword.cli.serve")  # as `watchword serve` does
from watchword.server.app import AuthServer
from watchword.server.serve import bind, run
from watchword.server.settings import Settings

directory, alg = sys.argv[1:]
sock = bind("127.0.0.1", 0)
port = sock.getsockname()[1]
url = f"http://127.0.0.1:{port}"
settings = Settings(url=url, database=f"sqlite:///{directory}/watchword.db", signing_alg=alg)
auth = AuthServer(settings)
scopes = {"notes:read": "Read notes"}
auth.resource("https://api.example/notes", scopes=scopes)
auth.resource("https://api.example/opaque", scopes=scopes, token_format="opaque")
print(port, flush=True)
run(auth, settings, sock)
"""

# Codes as the authorization endpoint would store them for one person in one browser session.
CODES = """
import asyncio, json, sys
from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import NOWHERE
from watchword.accounts.sessions import new_session
from watchword.base import chance
from watchword.base.clock import SYSTEM
from watchword.base.secrets import Secret, digest
from watchword.oauth.authorize.pkce import challenge_of
from watchword.oauth.codes import NewCode
from watchword.stores import open_store

directory, client_id, redirect, verifier, resource, count = sys.argv[1:]

async def main():
    async with await open_store(f"sqlite:///{directory}/watchword.db") as store:
        user, now = await store.find_user("alice"), SYSTEM.now()
        proofs = (Proof(Method.PASSWORD, now),)
        session = new_session(
            proofs=proofs, lifetime_seconds=86_400, origin=NOWHERE, now=now, chance=chance.SYSTEM
        )
        await store.open_session(session, user_id=user.id, password_hash=None, now=now)
        async def add():
            code = chance.new_secret(chance.SYSTEM)
            await store.add_code(NewCode(
                code_hash=digest(code), client_id=client_id, redirect_uri=redirect,
                code_challenge=challenge_of(Secret(verifier)), dpop_jkt=None,
                resource=resource, scopes=("openid", "notes:read"), nonce=None,
                user_id=user.id, password_hash=None, proofs=proofs, sid=session.sid,
                created_at=now, expires_at=now + 600,
            ))
            return code.reveal()
        made = []
        while len(made) < int(count):
            missing = min(500, int(count) - len(made))
            made += await asyncio.gather(*(add() for _ in range(missing)))
        print(json.dumps(made))

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, and what the load needs to know of it."""

    name: str
    server: Server
    token: str
    introspection: str
    userinfo: str
    codes: Callable[[int], list[str]]
    access_token: Callable[[], str]
    opaque_token: Callable[[], str]

    def form(self, path: str, **members: str) -> bytes:
        """Return a form that the client sends, with its secret."""
        headers = (
            ("Authorization", f"Basic {BASIC}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        )
        return request("POST", path, headers=headers, body=urlencode(members).encode())

    def client_credentials(self) -> bytes:
        """Return a request for a token of the client's own."""
        members = {"scope": "notes:read", "resource": RESOURCE}
        return self.form(self.token, grant_type="client_credentials", **members)

    def redeem(self, code: str) -> bytes:
        """Return the exchange of a code."""
        members = {"redirect_uri": REDIRECT, "code_verifier": VERIFIER, "code": code}
        return self.form(self.token, grant_type="authorization_code", **members)

    def refresh(self, answer: bytes) -> bytes:
        """Return the refresh that follows an answer."""
        refresh_token = json.loads(answer)["refresh_token"]
        return self.form(self.token, grant_type="refresh_token", refresh_token=refresh_token)


@contextlib.contextmanager
def watchword(alg: str) -> Iterator[Contender]:
    """Run ours, on a database of its own."""
    with tempfile.TemporaryDirectory() as directory:
        _python(PREPARE, directory, CLIENT, SECRET, REDIRECT)
        server = Server([sys.executable, "-c", WATCHWORD, directory, alg])

        def codes(count: int, resource: str = RESOURCE) -> list[str]:
            told = (directory, CLIENT, REDIRECT, VERIFIER, resource, str(count))
            made: list[str] = json.loads(_python(CODES, *told))
            return made

        def token(resource: str) -> str:
            bought = json.loads(_answer(ours, ours.redeem(codes(1, resource)[0])))
            return str(bought["access_token"])

        ours = Contender(
            f"watchword {importlib.metadata.version('watchword')}",
            server,
            "/token",
            "/introspect",
            "/userinfo",
            codes,
            lambda: token(RESOURCE),
            lambda: token(OPAQUE),
        )
        try:
            yield ours
        finally:
            server.stop()


@contextlib.contextmanager
def oidc_provider(alg: str) -> Iterator[Contender]:
    """Run the peer. Raises what hinders its installation."""
    server = Server([*node_script(PEER), alg])

    def made(what: str, count: int) -> list[str]:
        url = f"http://127.0.0.1:{server.further_ports[0]}/{what}/{count}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)

    version = json.loads((PEER / "package.json").read_text())["dependencies"]["oidc-provider"]
    try:
        yield Contender(
            f"node-oidc-provider {version}",
            server,
            "/token",
            "/token/introspection",
            "/me",
            lambda count: made("codes", count),
            lambda: made("tokens", 1)[0],
            lambda: made("tokens", 1)[0],
        )
    finally:
        server.stop()


def _python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _answer(contender: Contender, data: bytes) -> bytes:
    status, body = asyncio.run(once(contender.server.port, data))
    if status != 200:
        raise SystemExit(f"{contender.name} answered {status}: {body!r}")
    return body


# Prepares what it needs, and returns what to measure.
Question = Callable[[Contender, argparse.Namespace], Callable[[], Result]]


@dataclass(frozen=True, slots=True)
class Round:
    """What one contender did in one round."""

    result: Result
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """200-answers for each second of processor time."""
        return self.result.good / self.cpu_seconds


def ask(question: Question, contender: Contender, chosen: argparse.Namespace) -> Round:
    """Put one question, and see what the server took for it."""
    run = question(contender, chosen)
    before = contender.server.cpu_seconds()
    result = run()
    return Round(result, contender.server.cpu_seconds() - before)


def client_credentials(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Ask for tokens of the client's own."""
    data = contender.client_credentials()
    return _closed(contender, lambda: data, chosen)


def code_exchange(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Redeem codes that were made beforehand."""
    codes = iter(contender.codes(min(CODES_MAX, int(chosen.seconds * 5_000))))

    def make() -> bytes:
        code = next(codes, None)
        return b"" if code is None else contender.redeem(code)

    return _closed(contender, make, chosen)


def refresh(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Rotate a refresh token on each connection, over and over."""
    codes = contender.codes(chosen.connections)
    first = [contender.refresh(_answer(contender, contender.redeem(code))) for code in codes]
    port = contender.server.port
    return lambda: asyncio.run(chained(port, first, contender.refresh, seconds=chosen.seconds))


def introspection(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Ask about one live token of a person, of the server's usual kind."""
    data = contender.form(contender.introspection, token=contender.access_token())
    return _closed(contender, lambda: data, chosen)


def opaque_introspection(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Ask about one that is stored, as all of the peer's are."""
    data = contender.form(contender.introspection, token=contender.opaque_token())
    return _closed(contender, lambda: data, chosen)


def userinfo(contender: Contender, chosen: argparse.Namespace) -> Callable[[], Result]:
    """Ask whom one live token is about."""
    bearer = (("Authorization", f"Bearer {contender.access_token()}"),)
    data = request("GET", contender.userinfo, headers=bearer)
    return _closed(contender, lambda: data, chosen)


def _closed(
    contender: Contender, make: Callable[[], bytes], chosen: argparse.Namespace
) -> Callable[[], Result]:
    port, connections = contender.server.port, chosen.connections
    return lambda: asyncio.run(closed(port, make, connections=connections, seconds=chosen.seconds))


QUESTIONS: dict[str, Question] = {
    "client_credentials": client_credentials,
    "code exchange, with an ID token": code_exchange,
    "refresh": refresh,
    "introspection": introspection,
    "introspection of opaque tokens": opaque_introspection,
    "userinfo": userinfo,
}


def signatures_a_second(alg: str, seconds: float) -> float:
    """Measure bare signing on the server's core."""
    scheme: tuple[object, ...] = (padding.PKCS1v15(), hashes.SHA256())
    key = rsa.generate_private_key(65537, 2048)
    if alg == "ES256":
        scheme, key = (ec.ECDSA(hashes.SHA256()),), ec.generate_private_key(ec.SECP256R1())
    os.sched_setaffinity(0, {SERVER_CORE})
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        key.sign(b"x" * 400, *scheme)
        done += 1
    os.sched_setaffinity(0, {LOAD_CORE})
    return done / (time.perf_counter() - start)


def measure(alg: str, chosen: argparse.Namespace) -> None:
    """Print one table."""
    signed = signatures_a_second(alg, 1)
    print(f"\n{alg}; {signed:,.0f} bare signatures a second on the same core\n")
    with contextlib.ExitStack() as stack:
        contenders = [stack.enter_context(watchword(alg))]
        try:
            contenders.append(stack.enter_context(oidc_provider(alg)))
        except (OSError, subprocess.SubprocessError, SystemExit) as error:
            print(f"not run: {PEER.name}: {error}")
        names = " | ".join(one.name for one in contenders)
        print(f"| answers a second of the core (of the clock) | {names} | ratio |")
        print("|---|" + "---|" * (len(contenders) + 1))
        for name, question in QUESTIONS.items():
            rounds = [
                [ask(question, one, chosen) for one in contenders] for _ in range(chosen.rounds + 1)
            ]
            _row(name, list(zip(*rounds[1:], strict=True)))  # without the one that warms up
        figures = [
            ("start to the first answer, s", [one.server.start_seconds for one in contenders]),
            ("its processor time, s", [one.server.start_cpu_seconds for one in contenders]),
            ("memory at the end, MiB", [one.server.resident_mib() for one in contenders]),
        ]
        for name, values in figures:
            print(f"| {name} | " + " | ".join(f"{value:,.2f}" for value in values) + " | |")


def _row(name: str, rounds: list[tuple[Round, ...]]) -> None:
    rates = [statistics.median(each.rate for each in of) for of in rounds]
    walls = [statistics.median(each.result.rate for each in of) for of in rounds]
    cells = [f"{rate:,.0f} ({wall:,.0f})" for rate, wall in zip(rates, walls, strict=True)]
    ratio = f"{rates[0] / rates[1]:.2f}" if len(rates) > 1 else ""
    print(f"| {name} | " + " | ".join(cells) + f" | {ratio} |", flush=True)
    for each in itertools.chain(*rounds):
        bad = {status: n for status, n in each.result.statuses.items() if status != 200}
        if bad or not each.result.good:
            print(f"{name}: {each.result.statuses}", file=sys.stderr)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="for each row and round")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        help="in turns, after one that does not count; the median counts",
    )
    parser.add_argument("--connections", type=int, default=16)
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    node = subprocess.run(
        ["node", "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    print(f"Python {platform.python_version()}, {versions}; Node {node or 'absent'}")
    print(f"one core for the servers, one for the load; load average {os.getloadavg()[0]:.1f}")
    for alg in ("RS256", "ES256"):
        measure(alg, chosen)


if __name__ == "__main__":
    main()
