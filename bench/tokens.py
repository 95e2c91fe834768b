"""What does signing and verifying a token cost, beside the peers and the bare primitive?

Every contender signs and verifies the same claims (about 190 bytes) with the same keys; a verify
checks algorithm, signature, exp, iss and aud. Each runs as a process of its own, the peers in
environments of their own under build/bench/, and all take turns within each round, so that what
the machine does meanwhile meets all of them alike. A figure is that of the fastest of many short
rounds: whatever else runs on the machine only ever adds.

    python bench/tokens.py [--rounds 25] [--milliseconds 40]
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from contenders import Command, Contender, node_peer, python_peer, start_all, stop_all
from environments import BUILD, PEERS, go_program

from watchword import jwt
from watchword.base import base64url

ISSUER, AUDIENCE = "https://id.example", "https://api.example"
ALGORITHMS = ("HS256", "RS256", "ES256", "Ed25519")
TOKENS = 64  # different ones, so that nobody verifies one token over and over
CACHED = "watchword, cached"
HIT_MICROSECONDS_MAX = 0.5  # of a token that the cache holds, its times checked again


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio to a contender that watchword means to hold (ARCHITECTURE.md section 4)."""

    alg: str
    operation: str
    peer: str
    bound: str
    wanted: float


TARGETS = (
    Target("HS256", "verify", "PyJWT", "at least", 10.0),
    Target("HS256", "verify", "golang-jwt", "at least", 1.5),
    Target("RS256", "verify", "cryptography", "at most", 1.25),
    Target("ES256", "verify", "cryptography", "at most", 1.15),
    Target("Ed25519", "verify", "cryptography", "at most", 1.15),
)


def main() -> None:
    """Prepare, measure in turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=25)
    arguments.add_argument("--milliseconds", type=int, default=40)
    options = arguments.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    material = BUILD / "tokens.json"
    material.write_text(json.dumps(make_material()))
    contenders, absent = start_all(commands(material))
    for _ in range(options.rounds):
        for alg in ALGORITHMS:
            for operation in ("verify", "sign"):
                for contender in contenders:
                    if not is_slow(contender, alg, operation):
                        contender.measure(alg, operation, options.milliseconds)
    stop_all(contenders)
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


def commands(material: Path) -> dict[str, Command]:
    """Return how each contender is started."""
    own = [sys.executable, PEERS / "watchword" / "peer.py", material]
    return {
        "watchword": lambda: [*own],
        CACHED: lambda: [*own, "--cached"],
        "cryptography": lambda: [sys.executable, PEERS / "primitive" / "peer.py", material],
        "PyJWT": lambda: python_peer("pyjwt", material),
        "PyJWT, PEM": lambda: [*python_peer("pyjwt", material), "--pem"],
        "joserfc": lambda: python_peer("joserfc", material),
        "jwcrypto": lambda: python_peer("jwcrypto", material),
        "python-jose": lambda: python_peer("python_jose", material),
        "golang-jwt": lambda: [go_program(PEERS / "golang_jwt"), material],
        "jose (npm)": lambda: node_peer("node_jose", material),
        "fast-jwt": lambda: node_peer("fast_jwt", material),
    }


def report(contenders: list[Contender], absent: list[str]) -> None:
    """Print the table, the targets and who was measured."""
    ours = contenders[0]
    columns = [(alg, operation) for operation in ("verify", "sign") for alg in ALGORITHMS]
    print("Microseconds for one operation (in brackets: times as long as watchword's)\n")
    print(f"| | {' | '.join(' '.join(column) for column in columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for contender in contenders:
        cells = [cell(contender, ours, column) for column in columns]
        print(f"| {contender.name} | {' | '.join(cells)} |")
    print()
    by_name = {contender.name: contender for contender in contenders}
    for target in TARGETS:
        print(f"- {verdict(target, ours, by_name)}")
    if CACHED in by_name:
        hit = by_name[CACHED].best("HS256", "verify") / 1000
        told = "held" if hit <= HIT_MICROSECONDS_MAX else "MISSED"
        print(f"- cache hit: {hit:.2f} us, at most {HIT_MICROSECONDS_MAX}: {told}")
    widest = max(ours.spread(*column) for column in columns)
    print(
        f"\nMedian rounds are up to {widest:.0%} above the fastest. One core, processes in turns."
    )
    print("Measured: " + "; ".join(contender.version for contender in contenders))
    for line in absent:
        print(line)


def cell(contender: Contender, ours: Contender, column: tuple[str, str]) -> str:
    """Write one measurement; a dash for what the contender does not offer."""
    if column not in contender.nanoseconds:
        return "-"
    nanoseconds = contender.best(*column)
    return f"{nanoseconds / 1000:.2f} ({nanoseconds / ours.best(*column):.2f})"


def verdict(target: Target, ours: Contender, by_name: dict[str, Contender]) -> str:
    """Say whether one target was held."""
    if target.peer not in by_name:
        return f"{target.alg} {target.operation} against {target.peer}: not claimed, not run"
    mine = ours.best(target.alg, target.operation)
    theirs = by_name[target.peer].best(target.alg, target.operation)
    if target.bound == "at least":
        ratio, what = theirs / mine, "times as fast as"
        held = ratio >= target.wanted
    else:
        ratio, what = mine / theirs, "times the time of"
        held = ratio <= target.wanted
    return (
        f"{target.alg} {target.operation}: {ratio:.2f} {what} {target.peer}, "
        f"{target.bound} {target.wanted}: {'held' if held else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
