"""Can somebody tell a bad wrapped key from a bad tag by how long `decrypt` takes to refuse?

Tokens that are spoilt in one of the two places are decrypted in turns, and the AUC of the times is
printed: the chance that a bad wrapped key takes longer. 0.5 tells nothing. A padding oracle lives
on this difference (RFC 7516 section 11.5). The times are taken in the process, beside the call: no
network lies between, which would hide what is smaller than a microsecond.

    python bench/jwe_failures.py --pairs 20000

Source: tokens.md J-35; ARCHITECTURE section 4 (AUC is printed by bench/, the tests compare calls).
"""

import argparse
import importlib.metadata
import os
import platform
import time
from collections.abc import Sequence

from logins import HIGH, LOW, auc

from watchword import jwe, jwt
from watchword.base import base64url

ENCS = ("A128GCM", "A128CBC-HS256")
WAYS = ("RSA-OAEP-256", "A128KW")
WRAPPED_KEY, TAG = 1, 4  # their places among the five parts


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5_000, help="for each row")
    pairs = parser.parse_args().pairs
    version = importlib.metadata.version("cryptography")
    print(f"Python {platform.python_version()}, cryptography {version}")
    print(f"{pairs} interleaved pairs a row; load average {os.getloadavg()[0]:.1f}\n")
    print("| alg | enc | AUC | bad wrapped key, median | bad tag, median | refusals |")
    print("|---|---|---|---|---|---|")
    areas = {f"{alg} {enc}": row(alg, enc, pairs) for alg in WAYS for enc in ENCS}
    seen = [way for way, area in areas.items() if not LOW <= area <= HIGH]
    print(f"\ntold apart, outside of {LOW} to {HIGH}: {', '.join(seen) or 'none'}")


def row(alg: str, enc: str, pairs: int) -> float:
    """Measure one way to encrypt and print its line."""
    key = jwe.Secret.generate(alg) if alg.startswith("A") else jwe.Key.generate(alg)
    token = jwe.encrypt(b"to whom it may concern", key, enc=enc)
    decrypter = jwe.Decrypter(key, enc=[enc])
    spoilt = (spoil(token, WRAPPED_KEY), spoil(token, TAG))
    times: tuple[list[float], list[float]] = ([], [])
    told: set[str] = set()
    for number in range(pairs + 50):
        for kind in (0, 1) if number % 2 else (1, 0):
            seconds, refusal = refused(decrypter, spoilt[kind])
            told.add(refusal)
            if number >= 50:  # the first are warm-up
                times[kind].append(seconds)
    area = auc(*times)
    same = "the same" if len(told) == 1 else "DIFFERENT"
    print(f"| {alg} | {enc} | {area:.3f} | {median(times[0])} | {median(times[1])} | {same} |")
    return area


def refused(decrypter: jwe.Decrypter, token: str) -> tuple[float, str]:
    """Return how long a refusal took and what it says."""
    start = time.perf_counter()
    try:
        decrypter.decrypt(token)
    except jwt.TokenError as error:
        return time.perf_counter() - start, repr(error)
    raise SystemExit("a spoilt token was decrypted")


def spoil(token: str, place: int) -> str:
    """Change the last byte of one part; the first could lift RSA's number above its modulus."""
    parts = token.split(".")
    data = bytearray(base64url.decode(parts[place]))
    data[-1] ^= 1
    parts[place] = base64url.encode(bytes(data))
    return ".".join(parts)


def median(times: Sequence[float]) -> str:
    """Return the median as text."""
    return f"{sorted(times)[len(times) // 2] * 1_000_000:.1f} us"


if __name__ == "__main__":
    main()
