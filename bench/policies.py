"""What does verifying cost where the policy, the token or the type of claims is not the usual one?

HS256 tokens of about 200 bytes of claims, verified under one policy after another, in turns within
one process and on one core, beside PyJWT with the same secret and the same checks of issuer and
audience. A figure is that of the fastest of many short rounds; the ratio counts.

    python bench/policies.py [--rounds 200]
"""

import argparse
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import jwt as pyjwt
import msgspec

from watchword import jwt

ISSUER, AUDIENCE = "https://id.example", "https://api.example"
POLICY: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "typ": "at+jwt"}
CLAIMS = {"sub": "alice", "scope": "read write", "client_id": "web", "sid": "s" * 20}
TOKENS = 64
CORE = 0


class Whole(msgspec.Struct, frozen=True):
    """Every claim of the tokens."""

    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    sub: str
    scope: str
    client_id: str
    sid: str


class Part(msgspec.Struct, frozen=True):
    """The claims that an application asks for."""

    sub: str
    scope: str = ""


@dataclass(frozen=True)
class Record:
    """The same as a dataclass."""

    sub: str
    scope: str = ""


class Typed(TypedDict):
    """The same as a dictionary."""

    sub: str
    scope: str


KEYCLOAK = {"realm_access": {"roles": ["user"]}, "resource_access": {"web": {"roles": ["a", "b"]}}}
# What the policy changes of the usual one, and what the token does.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the usual policy": ({}, {}),
    "`claims=` a Struct of all claims": ({"claims": Whole}, {}),
    "`claims=` a Struct of two": ({"claims": Part}, {}),
    "`claims=` a dataclass of two": ({"claims": Record}, {}),
    "`claims=` a TypedDict of two": ({"claims": Typed}, {}),
    "a list of audiences": ({}, {"aud": [AUDIENCE, "https://other.example"]}),
    "two audiences accepted": ({"audience": (AUDIENCE, "b")}, {}),
    "`issuer=ANY`": ({"issuer": jwt.ANY}, {}),
    "`audience=ANY`": ({"audience": jwt.ANY}, {}),
    "`max_age=`": ({"max_age": "1h"}, {}),
    "`leeway=`": ({"leeway": 30}, {}),
    "`nbf` in the token": ({}, {"nbf": int(time.time())}),
    "no `iat` in the token": ({}, {"iat": None}),
    "roles as Keycloak nests them": ({}, KEYCLOAK),
    "a time with a fraction (not learned)": ({}, {"iat": time.time()}),
}
PYJWT = "PyJWT"


def main() -> None:
    """Measure in turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=200)
    options = arguments.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {CORE})
    runs = operations()
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(options.rounds):
        for name, (verify, tokens) in runs.items():
            best[name] = min(best[name], nanoseconds(verify, tokens))
    print("| | microseconds | times as fast as PyJWT |\n|---|---|---|")
    for name, spent in best.items():
        print(f"| {name} | {spent / 1000:.2f} | {best[PYJWT] / spent:.1f} |")


def operations() -> dict[str, tuple[Callable[[str], object], list[str]]]:
    """Return each case's function and tokens."""
    secret = secrets.token_bytes(32)
    key = jwt.Secret(secret, alg="HS256", kid="k")

    def by_pyjwt(token: str) -> object:
        return pyjwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp"]},
        )

    runs: dict[str, tuple[Callable[[str], object], list[str]]] = {
        PYJWT: (by_pyjwt, [made(secret, {}) for _ in range(TOKENS)])
    }
    for name, (policy, claims) in CASES.items():
        tokens = [made(secret, claims) for _ in range(TOKENS)]
        runs[name] = (jwt.Verifier(key, **(POLICY | policy)).verify, tokens)
    expect, tokens = jwt.Expected(**POLICY), [made(secret, {}) for _ in range(TOKENS)]
    runs["the function `jwt.verify`"] = (
        lambda token: jwt.verify(token, key, expect=expect, now=int(time.time())),
        tokens,
    )
    runs["`jwt.verify`, `expect=` written in the call"] = (
        lambda token: jwt.verify(token, key, expect=jwt.Expected(**POLICY), now=int(time.time())),
        tokens,
    )
    runs["`jwt.parse`"] = (
        lambda token: jwt.parse(token, lambda _: key, methods=[jwt.HS256], **POLICY),
        tokens,
    )
    runs["`jwt.parse`, a key made at each call"] = (
        lambda token: jwt.parse(
            token,
            lambda _: jwt.Secret(secret, alg="HS256", kid="k"),
            methods=[jwt.HS256],
            **POLICY,
        ),
        tokens,
    )
    return runs


def made(secret: bytes, changes: dict[str, Any]) -> str:
    """Sign a token as any issuer may, by PyJWT; None leaves a claim out."""
    now = int(time.time())
    claims: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 604_800}
    claims |= {"jti": secrets.token_urlsafe(16)} | CLAIMS | changes
    present = {name: value for name, value in claims.items() if value is not None}
    return pyjwt.encode(present, secret, "HS256", headers={"kid": "k", "typ": "at+jwt"})


def nanoseconds(verify: Callable[[str], object], tokens: list[str]) -> float:
    """Return what one verification takes, after those that make the caches warm."""
    for token in tokens:
        verify(token)
    start = time.perf_counter_ns()
    for token in tokens:
        verify(token)
    return (time.perf_counter_ns() - start) / len(tokens)


if __name__ == "__main__":
    main()
