"""An issuer of status lists, and tokens that refer to them."""

from tests.jose import forge
from tests.jose.keys import ISSUER, NOW, FixedClock, key, public, signer

from watchword import jwt, statuslist

URI = "https://id.example/statuslists/1"
TYP = "statuslist+jwt"


def list_signer(**changes):
    options = {"issuer": ISSUER, "audience": None, "lifetime": "1h", "typ": TYP}
    return jwt.Signer(key("ES256"), **(options | {"clock": FixedClock()} | changes))


def list_verifier(clock=None, **changes):
    options = {"issuer": ISSUER, "audience": jwt.ANY, "typ": TYP, "clock": clock or FixedClock()}
    return statuslist.Verifier(jwt.Verifier(public("ES256"), **(options | changes)))


def published(statuses=None, size=100, bits=2, *, uri=URI, ttl=300, clock=None):
    """Return the token of a list with the given statuses."""
    made = statuslist.StatusList.new(size=size, bits=bits)
    for idx, status in (statuses or {}).items():
        made.set(idx, status)
    return made.token(list_signer(clock=clock or FixedClock()), uri=uri, ttl=ttl)


def forged(payload=None, /, members=None, **changes):
    """Sign a list's token with claims changed; `...` removes one."""
    good = {
        "iss": ISSUER,
        "sub": URI,
        "iat": NOW,
        "exp": NOW + 3_600,
        "ttl": 300,
        "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
    } | changes
    claims = {name: value for name, value in good.items() if value is not ...}
    header = forge.header("ES256", typ=TYP) | (members or {})
    return forge.token(header, payload or claims, alg="ES256")


def referring(uri=URI, idx=7, **claims):
    """Return an access token whose status stands on a list."""
    return signer("ES256").sign(
        sub="alice", **{"status": statuslist.Reference(uri, idx).claim()} | claims
    )
