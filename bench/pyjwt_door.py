"""What does the PyJWT door cost, beside PyJWT and beside `Signer` and `Verifier`?

    python bench/pyjwt_door.py            prints one row an operation, in microseconds, and ratios

All take turns in one process, with the same claims and the same key as a text or, for ours, as an
object. Each figure is the best of its turns. Target: RS256 signing with a PEM text at most 1.1
times `Signer` (tokens.md P-2). PyJWT signs RS256 with a PEM text a few times only: it takes 30 ms.
"""

import sys
import timeit
import warnings
from collections.abc import Callable, Mapping

import jwt as peer
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import rsa

import watchword.pyjwt as door
from watchword import jwt
from watchword.base.clock import SYSTEM

TURNS = 120
SLOW_TURNS = 40  # between turns of what takes longer than its turn
SECRET = "a secret of more than thirty-two bytes"
TARGET = 1.1

Work = Callable[[], object]


def main() -> int:
    """Print the table; return 1 if the target is missed."""
    warnings.simplefilter("ignore")
    pair = rsa.generate_private_key(65537, 2048)
    pem = pair.private_bytes(
        formats.Encoding.PEM, formats.PrivateFormat.PKCS8, formats.NoEncryption()
    ).decode()
    public = (
        pair.public_key()
        .public_bytes(formats.Encoding.PEM, formats.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    missed = 0
    print(f"{'operation':16}{'door':>9}{'ours':>9}{'PyJWT':>11}   door/ours  door/PyJWT")
    for name, work in rows(pem, public).items():
        best = measured(work)
        ratio = best["door"] / best["ours"]
        print(
            f"{name:16}{best['door']:9.1f}{best['ours']:9.1f}{best['PyJWT']:11.1f}"
            f"{ratio:12.2f}{best['door'] / best['PyJWT']:12.3f}"
        )
        if name == "RS256 sign" and ratio > TARGET:
            missed = 1
    print(f"PyJWT {peer.__version__}; Python {sys.version.split()[0]}")
    return missed


def rows(pem: str, public: str) -> Mapping[str, Mapping[str, Work]]:
    """Return the operations, each done by all three."""
    now = SYSTEM.now()
    claims = {"iss": "i", "sub": "alice", "aud": "a", "exp": now + 900, "iat": now, "jti": "x" * 22}
    found: dict[str, Mapping[str, Work]] = {}
    for alg, private, held, key in (
        ("HS256", SECRET, SECRET, jwt.Secret(SECRET, alg="HS256")),
        ("RS256", pem, public, jwt.Key.from_pem(pem, alg="RS256")),
    ):
        signer = jwt.Signer(key, issuer="i", audience="a", lifetime="15m", typ=jwt.PLAIN)
        verifier = jwt.Verifier(key, issuer="i", audience="a", typ=jwt.PLAIN)
        text = signer.sign(sub="alice")
        found[f"{alg} sign"] = {
            "door": lambda k=private, a=alg: door.encode(claims, k, algorithm=a),
            "ours": lambda s=signer: s.sign(sub="alice"),
            "PyJWT": lambda k=private, a=alg: peer.encode(claims, k, algorithm=a),
        }
        found[f"{alg} verify"] = {
            "door": lambda t=text, k=held, a=alg: door.decode(t, k, [a], audience="a", issuer="i"),
            "ours": lambda v=verifier, t=text: v.verify(t),
            "PyJWT": lambda t=text, k=held, a=alg: peer.decode(t, k, [a], audience="a", issuer="i"),
        }
    return found


def measured(work: Mapping[str, Work]) -> dict[str, float]:
    """Return the best time of each in microseconds, taking turns every 2 ms."""
    counts = {name: _in_two_milliseconds(each) for name, each in work.items()}
    best = dict.fromkeys(work, float("inf"))
    for turn in range(TURNS):
        for name, each in work.items():
            if counts[name] > 1 or turn % SLOW_TURNS == 0:
                taken = timeit.timeit(each, number=counts[name]) / counts[name]
                best[name] = min(best[name], taken * 1e6)
    return best


def _in_two_milliseconds(work: Work) -> int:
    """Return how often an operation runs in 2 ms, once its key is parsed."""
    work()
    return max(1, int(0.002 / min(timeit.repeat(work, number=1, repeat=3))))


if __name__ == "__main__":
    sys.exit(main())
