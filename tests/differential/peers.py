"""The other libraries, each as a function from a token to a verdict."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path

import jwt as pyjwt
from bench.environments import go_program, node_script
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt
from tests.jose.forge import encode
from tests.jose.keys import AUDIENCE, ISSUER, key

from watchword.base import base64url

__all__ = ["IN_PROCESS", "IN_PROGRAMS", "started"]

HERE = Path(__file__).parent
METHODS = ["HS256", "ES256"]
SECRET = base64url.decode(str(key("HS256").to_jwk(private=True)["k"]))
PEM = key("ES256").to_pem()

Verdict = Callable[[str], bool]


def is_accepted(read: Callable[[str], object], token: str) -> bool:
    """Whatever a peer raises is its refusal: several leak errors that are not theirs."""
    try:
        read(token)
    except Exception:  # noqa: BLE001 - the peer's verdict, whatever it raises
        return False
    return True


def pyjwt_read(token: str) -> None:
    alg = pyjwt.get_unverified_header(token)["alg"]
    held = {"HS256": SECRET, "ES256": PEM}[alg]
    options = {"require": ["exp"]}
    pyjwt.decode(token, held, METHODS, options, issuer=ISSUER, audience=AUDIENCE)


JOSERFC_KEYS = {
    "HS256": joserfc_jwk.OctKey.import_key(SECRET),
    "ES256": joserfc_jwk.ECKey.import_key(PEM),
}
JOSERFC_CLAIMS = joserfc_jwt.JWTClaimsRegistry(
    exp={"essential": True},
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
)


def joserfc_read(token: str) -> None:
    read = joserfc_jwt.decode(token, lambda o: JOSERFC_KEYS[o.headers()["alg"]], METHODS)
    JOSERFC_CLAIMS.validate(read.claims)


JWCRYPTO_KEYS = (
    jwcrypto_jwk.JWK(kty="oct", k=base64url.encode(SECRET)),
    jwcrypto_jwk.JWK.from_pem(PEM.encode()),
)


def jwcrypto_read(token: str) -> None:
    checks = {"iss": ISSUER, "aud": AUDIENCE, "exp": None}
    for held, alg in zip(JWCRYPTO_KEYS, METHODS, strict=True):
        try:
            jwcrypto_jwt.JWT(
                jwt=token, key=held, algs=[alg], check_claims=checks, expected_type="JWS"
            )
        except Exception:
            if alg == METHODS[-1]:
                raise
        else:
            return


IN_PROCESS: dict[str, Callable[[str], object]] = {
    "pyjwt": pyjwt_read,
    "joserfc": joserfc_read,
    "jwcrypto": jwcrypto_read,
}
IN_PROGRAMS: dict[str, Callable[[], Sequence[str]]] = {
    "golang-jwt": lambda: [str(go_program(HERE / "golang_jwt_verdicts"))],
    "jose": lambda: node_script(HERE / "node_jose_verdicts"),
}


@contextmanager
def started(command: Sequence[str], folder: Path):
    """Start a peer's program and yield its verdict over one token; it ends with the block."""
    pem = folder / "es256.pem"
    pem.write_text(PEM)
    process = subprocess.Popen(
        [*command, ISSUER, AUDIENCE, SECRET.hex(), str(pem)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )

    def verdict(token: str) -> bool:
        process.stdin.write(encode(token.encode("latin-1")) + "\n")
        return process.stdout.readline() == "1\n"

    with process:
        yield verdict
        process.stdin.close()
        process.wait(60)
