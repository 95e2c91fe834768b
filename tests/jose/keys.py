"""Keys of every algorithm, made once a process: RSA keys take a tenth of a second each."""

from functools import cache

from watchword import jwt
from watchword.jose.algorithms.table import ALGORITHMS

NOW = 1_900_000_000
ISSUER = "https://id.example"
AUDIENCE = "https://api.example"
TYP = "at+jwt"
SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = tuple(name for name in ALGORITHMS if name not in SYMMETRIC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = NOW) -> None:
        self.time = now

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return float(self.time)


@cache
def key(alg: str) -> jwt.Key | jwt.Secret:
    """Return this process's key of an algorithm; the RSA algorithms share one modulus."""
    if alg in SYMMETRIC:
        return jwt.Secret.generate(alg, kid=f"kid-{alg}")
    if alg[:2] in ("RS", "PS") and alg != "RS256":
        members = key("RS256").to_jwk(private=True)
        return jwt.Key.from_jwk(members | {"alg": alg, "kid": f"kid-{alg}"})
    return jwt.Key.generate(alg, kid=f"kid-{alg}")


def public(alg: str) -> jwt.Key | jwt.Secret:
    """Return what a verifier holds."""
    held = key(alg)
    return held if isinstance(held, jwt.Secret) else held.public()


def signer(alg: str = "HS256", **changes: object) -> jwt.Signer:
    options = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "lifetime": "15m",
        "typ": TYP,
        "clock": FixedClock(),
    }
    return jwt.Signer(key(alg), **(options | changes))


def verifier(alg: str = "HS256", **changes: object) -> jwt.Verifier:
    options = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP, "clock": FixedClock()}
    return jwt.Verifier(public(alg), **(options | changes))
