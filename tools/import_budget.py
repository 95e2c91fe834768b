"""Hold what importing costs, in modules: a count is the same on every machine, a time is not.

Each row starts a fresh interpreter and counts `sys.modules`: those of others, which are what costs,
and the package's own, which are small files and have a budget of their own.
Source: users.md U101 to U103; tokens.md section 7 (import).

    python tools/import_budget.py        prints the table; exits 1 where a budget is exceeded
"""

import os
import subprocess
import sys
from dataclasses import dataclass

BARE = "pass"
# Both of the core's dependencies: every Verifier computes with one and reads claims with the other.
CORE = "from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa\nimport msgspec\n"
DOOR = "from watchword import jwt\n"
POLICY = 'issuer="i", audience="a", typ="t"'
HS256 = DOOR + (
    f'secret = jwt.Secret("x" * 32, alg="HS256")\nverifier = jwt.Verifier(secret, {POLICY})\n'
)
JWK = (
    '{"kty": "RSA", "e": "AQAB", "n": "' + "x" * 341 + 'w"}'  # 2,048 bits; any odd number will do
)
RS256 = (
    DOOR + f"key = jwt.Key.from_jwk({JWK}, alg='RS256')\nverifier = jwt.Verifier(key, {POLICY})\n"
)
# What the server stands on; it may bring little else before its first answer.
LIBRARIES = CORE + (
    "import argon2, jinja2, sqlalchemy.dialects.sqlite, uvicorn\n"
    "import starlette.requests, starlette.routing, starlette.staticfiles\n"
)
SERVER = "import watchword.server.app, watchword.server.serve\n"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a program may load: so many times the modules of another, and so many of its own."""

    name: str
    program: str
    against: str
    times: float
    own: int
    never: tuple[str, ...] = ()


BUDGETS = (
    *(
        Budget(
            f"import watchword.{name}",
            f"from watchword import {name}\n",
            BARE,
            2.0,
            4,
            ("typing", "json", "msgspec", "cryptography"),
        )
        for name in ("jwt", "jws", "jwe", "sdjwt", "dpop", "statuslist")
    ),
    Budget(
        "an HS256 Verifier",
        HS256,
        "import msgspec",
        1.2,
        56,
        ("cryptography", "asyncio", "watchword.net"),
    ),
    Budget(
        "an RS256 Verifier",
        RS256,
        CORE,
        1.2,
        56,
        ("asyncio", "cryptography.x509", "sqlalchemy", "watchword.net"),
    ),
    Budget(
        "the server",
        SERVER,
        LIBRARIES,
        1.15,
        600,
        (
            "alembic",
            "asyncpg",
            "email.headerregistry",
            "fastapi",
            "httpcore2",
            "pydantic",
            "smtplib",
            "sqlalchemy.dialects.postgresql",
            "watchword.access.policy",
        ),
    ),
)
# What the first verification may load beyond its Verifier: nothing.
VERIFYING = HS256 + (
    "import sys\n"
    f"text = jwt.Signer(secret, {POLICY}, lifetime=60).sign(sub='alice')\n"
    "before = set(sys.modules)\n"
    "verifier.verify(text)\n"
    "assert set(sys.modules) == before, set(sys.modules) - before\n"
)


def modules(program: str) -> list[str]:
    """Return the modules that a fresh interpreter holds after running a program."""
    # Coverage starts in every process that is told to, and brings modules of its own.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    ended = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint('\\n'.join(sys.modules))"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.stdout.splitlines()


def exceeded(budget: Budget) -> list[str]:
    """Print a budget's row and return what breaks it."""
    loaded = modules(budget.program)
    own = [name for name in loaded if name.partition(".")[0] == "watchword"]
    others, allowed = len(loaded) - len(own), round(len(modules(budget.against)) * budget.times)
    print(f"{budget.name:20}{others:4} of {allowed:3} modules, {len(own):2} of {budget.own:2} own")
    faults = [f"{budget.name} loads {name}" for name in budget.never if name in loaded]
    if others > allowed or len(own) > budget.own:
        faults.append(f"{budget.name} loads {others} modules and {len(own)} of its own")
    return faults


def main() -> int:
    """Check every budget."""
    faults = [fault for budget in BUDGETS for fault in exceeded(budget)]
    modules(VERIFYING)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
