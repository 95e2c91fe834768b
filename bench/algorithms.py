"""What one signature costs, algorithm by algorithm, and what the extras save.

    python bench/algorithms.py

Each row is a signature made and verified under a fixed header, base64url included, in microseconds;
the last columns are Ed25519 and ES256K without the extra over with it, measured in turns.
"""

import statistics
import time
from collections.abc import Callable

from watchword import jwt
from watchword.jose.algorithms import es256k, sodium
from watchword.jose.algorithms.table import ALGORITHMS

PAYLOAD = b"x" * 261  # 196 bytes of claims, encoded
ROUNDS = 9
SECONDS = 0.03  # of one round of one operation


def main() -> None:
    """Print the table."""
    print(f"{'algorithm':10}{'sign us':>10}{'verify us':>10}{'bytes':>8}")
    for alg in ALGORITHMS:
        sign, verify, length = operations(alg)
        print(f"{alg:10}{cost(sign):10.1f}{cost(verify):10.1f}{length:8}")
    for alg, module, flag in (("Ed25519", sodium, "USABLE"), ("ES256K", es256k, "INSTALLED")):
        if not getattr(module, flag):
            print(f"{alg}: its extra is not installed")
            continue
        ratios(alg, module, flag)


def operations(alg: str) -> tuple[Callable[[], object], Callable[[], object], int]:
    """Return signing and verifying of one algorithm, and the length of its signature."""
    held = jwt.Secret.generate(alg) if ALGORITHMS[alg].is_symmetric else jwt.Key.generate(alg)
    stamp, check = held.stamper(b"header"), held.checker(b"header")
    signature = stamp(PAYLOAD)
    return lambda: stamp(PAYLOAD), lambda: check(PAYLOAD, signature), len(signature) * 3 // 4


def cost(operation: Callable[[], object]) -> float:
    """Return the microseconds of one call: the best of a few rounds."""
    return min(one_round(operation) for _ in range(ROUNDS))


def one_round(operation: Callable[[], object]) -> float:
    """Return the microseconds of one call, averaged over a round."""
    calls, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        operation()
        calls += 1
    return passed / calls * 1e6


def ratios(alg: str, module: object, flag: str) -> None:
    """Print what the extra saves, from rounds that alternate."""
    made = {}
    for installed in (False, True):
        setattr(module, flag, installed)
        made[installed] = operations(alg)
    for at, name in ((0, "sign"), (1, "verify")):
        rounds = [
            one_round(made[False][at]) / one_round(made[True][at])  # type: ignore[arg-type]
            for _ in range(ROUNDS)
        ]
        print(f"{alg} {name}: {statistics.median(rounds):.1f}x with the extra")


if __name__ == "__main__":
    main()
