"""What does a hit of the verified-token cache cost, beside verifying again?

One process, one core, the same 64 tokens for every row; each row takes its turn in every round, and
a figure is that of its fastest round. A server reads each token anew from a header, so that "fresh
text" counts making the text and its hash too; "with a list" has claims that a caller could change,
which are read and checked again for each (decisions/0080).

    python bench/cache.py [--rounds 60]
"""

import argparse
import os
import platform
import time
from collections.abc import Callable

from watchword import jwt

POLICY = {"issuer": "https://id.example", "audience": "https://api.example", "typ": "at+jwt"}
CLAIMS = {"sub": "alice", "scope": "read write", "client_id": "web", "sid": "s" * 20}
TOKENS = 64
BATCH = 20  # passes over the tokens between two looks at the clock
HIT_MICROSECONDS = 0.5  # ARCHITECTURE.md section 4

Row = tuple[str, Callable[[], object]]


def main() -> None:
    """Measure in turns, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=60)
    options = arguments.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    rows = [row for alg in ("HS256", "ES256") for row in rows_of(alg)]
    best = dict.fromkeys((name for name, _ in rows), float("inf"))
    for _ in range(options.rounds):
        for name, run in rows:
            start = time.perf_counter_ns()
            for _ in range(BATCH):
                run()
            spent = (time.perf_counter_ns() - start) / BATCH / TOKENS / 1_000
            best[name] = min(best[name], spent)
    print(f"Python {platform.python_version()}, microseconds a token\n")
    for name, spent in best.items():
        print(f"{name:40}{spent:8.2f}")
    hit = best["HS256, hit, same text"]
    print(f"\ntarget: a hit <= {HIT_MICROSECONDS} us; {hit:.2f}: {verdict(hit)}")


def rows_of(alg: str) -> list[Row]:
    """Return what is measured for one algorithm."""
    key = jwt.Secret.generate(alg, kid="k") if alg == "HS256" else jwt.Key.generate(alg, kid="k")
    signer = jwt.Signer(key, **POLICY, lifetime="1d")
    flat = [signer.sign(**CLAIMS) for _ in range(TOKENS)]
    listed = [signer.sign(**CLAIMS, roles=["reader"]) for _ in range(TOKENS)]
    sent = [text.encode() for text in flat]
    plain = jwt.Verifier(key, **POLICY).verify
    cached = jwt.Verifier(key, **POLICY, cache=4 * TOKENS).verify
    return [
        (f"{alg}, verify", lambda: [plain(text) for text in flat]),
        (f"{alg}, hit, same text", lambda: [cached(text) for text in flat]),
        (f"{alg}, hit, fresh text", lambda: [cached(data.decode()) for data in sent]),
        (f"{alg}, hit, with a list", lambda: [cached(text) for text in listed]),
    ]


def verdict(hit: float) -> str:
    """Say whether the target is held."""
    return "held" if hit <= HIT_MICROSECONDS else "missed"


if __name__ == "__main__":
    main()
