"""One request and its proofs: good ones, and ones that no Prover would make."""

from tests.jose import forge
from tests.jose.keys import NOW, FixedClock, key

from watchword import dpop

METHOD = "POST"
URL = "https://api.example/notes"
TOKEN = "an.access.token"


def jwk(alg="ES256", **members):
    """Return the public members of a key, changed; None removes one."""
    shared = ("alg", "use", "kid")
    public = {n: v for n, v in key(alg).public().to_jwk().items() if n not in shared} | members
    return {name: value for name, value in public.items() if value is not None}


def header(alg="ES256", /, **members):
    return forge.header(alg, **{"typ": "dpop+jwt", "kid": None, "jwk": jwk(alg)} | members)


def claims(**members):
    good = {"jti": "a-jti", "htm": METHOD, "htu": URL, "iat": NOW} | members
    return {name: value for name, value in good.items() if value is not ...}


def forged(members=None, payload=None, *, alg="ES256"):
    return forge.token(members or header(alg), payload or claims(), alg=alg)


def prover(alg="ES256"):
    return dpop.Prover(key(alg), clock=FixedClock())


def verifier(*algorithms, clock=None):
    clock = clock or FixedClock()
    memory = dpop.Memory(clock=clock)
    return dpop.Verifier(algorithms=algorithms or ["ES256"], seen=memory, clock=clock)


def verify(text, **changes):
    return verifier().verify(text, **{"method": METHOD, "url": URL} | changes)
