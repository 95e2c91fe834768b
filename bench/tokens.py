"""What does signing and verifying a token cost, beside PyJWT, golang-jwt and the bare primitive?

Every contender signs and verifies the same claims (about 190 bytes) with the same keys; a verify
checks algorithm, signature, exp, iss and aud. Each runs as a process of its own, the peers in
environments of their own under build/bench/, and all take turns within each round, so that what
the machine does meanwhile meets all of them alike. A figure is that of the fastest of many short
rounds: whatever else runs on the machine only ever adds.

    python bench/tokens.py [--rounds 25] [--milliseconds 40]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from watchword import jwt
from watchword.base import base64url

HERE = Path(__file__).parent
PEERS = HERE / "peers"
BUILD = HERE.parent / "build" / "bench"
ISSUER, AUDIENCE = "https://id.example", "https://api.example"
ALGORITHMS = ("HS256", "RS256", "ES256", "Ed25519")
TOKENS = 64  # different ones, so that nobody verifies one token over and over
CORE = 0  # all on one core: they take turns, and neighbours do not share the frequency budget

# ARCHITECTURE.md section 4; ours against whom, and whether a larger or a smaller ratio is asked.
TARGETS = (
    ("HS256", "verify", "PyJWT", "at least", 10.0),
    ("HS256", "verify", "golang-jwt", "at least", 1.5),
    ("RS256", "verify", "cryptography", "at most", 1.25),
    ("ES256", "verify", "cryptography", "at most", 1.15),
    ("Ed25519", "verify", "cryptography", "at most", 1.15),
)


@dataclass(slots=True)
class Contender:
    """A process that measures itself when asked."""

    name: str
    process: "subprocess.Popen[str]"
    version: str
    nanoseconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def measure(self, alg: str, operation: str, milliseconds: int) -> None:
        """Let it run one operation for a while."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{alg} {operation} {milliseconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 2:
            sys.exit(f"{self.name} ended while measuring {alg} {operation}")
        count, elapsed = map(int, answer)
        self.nanoseconds.setdefault((alg, operation), []).append(elapsed / count)

    def best(self, alg: str, operation: str) -> float:
        """Return the nanoseconds of one operation."""
        return min(self.nanoseconds[alg, operation])

    def spread(self, alg: str, operation: str) -> float:
        """Return how far the median round is above the fastest, as a fraction."""
        rounds = self.nanoseconds[alg, operation]
        return statistics.median(rounds) / min(rounds) - 1


def main() -> None:
    """Prepare, measure in turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=25)
    arguments.add_argument("--milliseconds", type=int, default=40)
    options = arguments.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    material = BUILD / "tokens.json"
    material.write_text(json.dumps(make_material()))
    contenders, absent = start_all(material)
    for _ in range(options.rounds):
        for alg in ALGORITHMS:
            for operation in ("verify", "sign"):
                for contender in contenders:
                    if not is_slow(contender, alg, operation):
                        contender.measure(alg, operation, options.milliseconds)
    for contender in contenders:
        if contender.process.stdin:
            contender.process.stdin.close()
        contender.process.wait(10)
    material.unlink()
    report(contenders, absent)


def is_slow(contender: Contender, alg: str, operation: str) -> bool:
    """Ask only once for a batch that takes seconds: PyJWT parses an RSA PEM at every call."""
    slow = contender.name == "PyJWT, PEM" and (alg, operation) == ("RS256", "sign")
    return slow and (alg, operation) in contender.nanoseconds


def make_material() -> dict[str, object]:
    """Make keys, claims and tokens for this run; the keys are thrown away after it."""
    secret = jwt.Secret.generate("HS256", kid="k")
    pairs = {alg: jwt.Key.generate(alg, kid="k") for alg in ALGORITHMS if alg != "HS256"}
    pairs["EdDSA"] = jwt.Key.from_pem(private_pem(pairs["Ed25519"]), alg="EdDSA", kid="k")
    now = int(time.time())
    claims = {"sub": "alice", "scope": "read write", "client_id": "web", "sid": "s" * 20}
    tokens = {}
    for alg, key in ({"HS256": secret} | pairs).items():
        signer = jwt.Signer(key, issuer=ISSUER, audience=AUDIENCE, lifetime="7d", typ="at+jwt")
        tokens[alg] = [signer.sign(**claims) for _ in range(TOKENS)]
    secret_text = str(secret.to_jwk(private=True)["k"])
    full = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 900, "iat": now, "jti": "j" * 22} | claims
    return {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "secret": base64url.decode(secret_text).hex(),
        "claims": full,
        "keys": {
            alg: {"private": private_pem(key), "public": key.to_pem()} for alg, key in pairs.items()
        },
        "tokens": tokens,
    }


def private_pem(key: jwt.Key) -> str:
    """Write a throw-away key for the other processes."""
    return key.to_pem(private=True, unprotected=True)


def start_all(material: Path) -> tuple[list[Contender], list[str]]:
    """Start every contender that this machine can run; name the others with the reason."""
    contenders, absent = [], []
    own, peer = Path(sys.executable), PEERS / "pyjwt" / "peer.py"
    commands: dict[str, Callable[[], list[str | Path]]] = {
        "watchword": lambda: [own, PEERS / "watchword" / "peer.py", material],
        "cryptography": lambda: [own, PEERS / "primitive" / "peer.py", material],
        "PyJWT": lambda: [pyjwt_python(), peer, material],
        "PyJWT, PEM": lambda: [pyjwt_python(), peer, material, "--pem"],
        "golang-jwt": lambda: [golang_program(), material],
    }
    for name, command in commands.items():
        try:
            contenders.append(start(name, [str(word) for word in command()]))
        except (OSError, subprocess.SubprocessError) as error:
            absent.append(f"{name}: not run ({type(error).__name__})")
    return contenders, absent


def start(name: str, command: list[str]) -> Contender:
    """Start one contender on the bench's core and read who it is."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {CORE})
    assert process.stdout
    version = process.stdout.readline().strip()
    if not version:
        raise subprocess.SubprocessError(f"{name} did not start")
    return Contender(name, process, version)


def environment() -> dict[str, str]:
    """Return this environment without what could lead a peer to other packages."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def pyjwt_python() -> Path:
    """Return the interpreter of PyJWT's own environment, made if absent."""
    home = BUILD / "pyjwt"
    python = home / "bin" / "python"
    constraints = PEERS / "pyjwt" / "constraints.txt"
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != constraints.read_text():
        venv.create(home, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", str(constraints)], check=True, timeout=300)
        stamp.write_text(constraints.read_text())
    return python


def golang_program() -> Path:
    """Return the compiled Go contender."""
    go = shutil.which("go")
    if go is None:
        raise FileNotFoundError("go is not on the PATH")
    program = BUILD / "golang_jwt" / "peer"
    build = [go, "build", "-o", str(program.resolve()), "."]
    subprocess.run(build, cwd=PEERS / "golang_jwt", check=True, timeout=300)
    return program


def report(contenders: list[Contender], absent: list[str]) -> None:
    """Print the table, the targets and who was measured."""
    names = [contender.name for contender in contenders]
    ours = contenders[0]
    print("Microseconds for one operation (in brackets: times as long as watchword's)\n")
    print(f"| | {' | '.join(names)} |")
    print("|---" * (len(names) + 1) + "|")
    for alg in ALGORITHMS:
        for operation in ("verify", "sign"):
            base = ours.best(alg, operation)
            cells = [cell(contender.best(alg, operation), base) for contender in contenders]
            print(f"| {alg} {operation} | {' | '.join(cells)} |")
    print()
    by_name = {contender.name: contender for contender in contenders}
    for alg, operation, peer, bound, wanted in TARGETS:
        if peer not in by_name:
            print(f"- {alg} {operation} against {peer}: not claimed, the peer was not run")
            continue
        mine, theirs = ours.best(alg, operation), by_name[peer].best(alg, operation)
        ratio = theirs / mine if bound == "at least" else mine / theirs
        held = ratio >= wanted if bound == "at least" else ratio <= wanted
        verdict = "held" if held else "MISSED"
        what = "times as fast as" if bound == "at least" else "times the time of"
        print(f"- {alg} {operation}: {ratio:.2f} {what} {peer}, {bound} {wanted}: {verdict}")
    widest = max(ours.spread(alg, name) for alg in ALGORITHMS for name in ("verify", "sign"))
    print(
        f"\nMedian rounds are up to {widest:.0%} above the fastest. One core, processes in turns."
    )
    print("Measured: " + "; ".join(contender.version for contender in contenders))
    for line in absent:
        print(line)


def cell(nanoseconds: float, base: float) -> str:
    """Write one measurement."""
    return f"{nanoseconds / 1000:.2f} ({nanoseconds / base:.2f})"


if __name__ == "__main__":
    main()
