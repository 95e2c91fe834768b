"""Tokens that are bound to a key or a certificate.

Source: RFC 8705 section 3; RFC 9449 section 7; security.md rule 83.
"""

import asyncio
import base64
import hashlib
import json

import pytest

from watchword import dpop
from watchword.base.chance import SYSTEM
from watchword.guards.answers import Answers, Disclosure
from watchword.guards.authenticator import Authenticator, Sources
from watchword.guards.core import Core
from watchword.guards.errors import ProofRefused, SenderNotProved
from watchword.guards.presented import Presented, origin_of
from watchword.jose.jwk.key import Key

ISSUER, AUDIENCE = "https://id.example.com", "notes"
URL = "https://api.example.com/notes"
CERTIFICATE = b"\x30\x03\x02\x01\x07"
THUMBPRINT = base64.urlsafe_b64encode(hashlib.sha256(CERTIFICATE).digest()).rstrip(b"=").decode()
KEY = Key.generate("ES256")


@pytest.fixture
def ask(mint, clock):
    guard = Authenticator(ISSUER, audience=AUDIENCE, sources=Sources(keys=mint.keys), clock=clock)

    def call(token, *, scheme="DPoP", proofs=(), url=URL, certificate=None, method="GET"):
        presented = Presented(
            [f"{scheme} {token}"],
            method=method,
            url=url,
            proofs=proofs,
            certificate=certificate,
        )
        found = asyncio.run(guard.authenticate(presented))
        assert found == guard._standing_blocking(found.claims)
        return found

    return call


def proof(token: str, clock, *, url: str = URL, method: str = "GET", key: Key = KEY) -> str:
    return dpop.Prover(key, clock=clock).proof(method, url, access_token=token)


@pytest.mark.requirement("guards:dpop:bound-token")
def test_bound_token_passes_with_a_proof_of_its_key(ask, mint, clock):
    token = mint.token(cnf={"jkt": KEY.thumbprint()})
    assert ask(token, proofs=[proof(token, clock)]).user.name == "alice"


@pytest.mark.requirement("guards:dpop:bound-token")
@pytest.mark.parametrize(
    "given",
    [
        {"scheme": "Bearer"},  # RFC 9449 section 7.2: never downgraded
        {"proofs": []},
        {"proofs": "twice"},
        {"url": ""},
        {"url": "https://other.example/notes"},
        {"method": "DELETE"},
        {"proofs": ["no proof"]},
    ],
)
def test_bound_token_without_a_good_proof_is_refused(ask, mint, clock, given):
    token = mint.token(cnf={"jkt": KEY.thumbprint()})
    if given.get("proofs") == "twice":
        given = {"proofs": [proof(token, clock)] * 2}
    with pytest.raises(ProofRefused):
        ask(token, **{"proofs": [proof(token, clock)], **given})


def test_proof_is_good_once_and_by_the_bound_key(ask, mint, clock):
    token = mint.token(cnf={"jkt": KEY.thumbprint()})
    used = proof(token, clock)
    ask(token, proofs=[used])
    with pytest.raises(ProofRefused):
        ask(token, proofs=[used])
    with pytest.raises(ProofRefused):
        ask(token, proofs=[proof(token, clock, key=Key.generate("ES256"))])
    other = mint.token(cnf={"jkt": 7})
    with pytest.raises(ProofRefused):
        ask(other, proofs=[proof(other, clock)])


def test_token_of_nobody_in_particular_comes_under_its_own_scheme(ask, mint, clock):
    token = mint.token()
    assert ask(token, scheme="Bearer")
    with pytest.raises(SenderNotProved):
        ask(token, proofs=[proof(token, clock)])


@pytest.mark.requirement("guards:mtls:bound-token")
def test_certificate_bound_token_needs_the_certificate(ask, mint, clock):
    token = mint.token(cnf={"x5t#S256": THUMBPRINT})
    assert ask(token, scheme="Bearer", certificate=CERTIFICATE)
    for certificate in (None, b"other"):
        with pytest.raises(SenderNotProved):
            ask(token, scheme="Bearer", certificate=certificate)
    with pytest.raises(SenderNotProved):
        ask(token, proofs=[proof(token, clock)], certificate=CERTIFICATE)
    for wrong in (7, "é"):
        with pytest.raises(SenderNotProved):
            ask(mint.token(cnf={"x5t#S256": wrong}), scheme="Bearer", certificate=CERTIFICATE)


def test_both_bindings_hold(ask, mint, clock):
    token = mint.token(cnf={"x5t#S256": THUMBPRINT, "jkt": KEY.thumbprint()})
    assert ask(token, proofs=[proof(token, clock)], certificate=CERTIFICATE)
    with pytest.raises(SenderNotProved):
        ask(token, proofs=[proof(token, clock)])


@pytest.mark.requirement("guards:cnf-unknown")
@pytest.mark.parametrize("cnf", [{}, {"kid": "x"}, {"jkt": KEY.thumbprint(), "jwe": "x"}])
def test_binding_of_an_unknown_kind_is_refused(ask, mint, clock, cnf):
    token = mint.token(cnf=cnf)
    with pytest.raises(SenderNotProved):
        ask(token, scheme="Bearer")


def test_refused_proof_is_challenged_under_its_own_scheme():
    answer = Answers(ISSUER, "notes", Disclosure.PRODUCTION, SYSTEM).answer(
        ProofRefused(detail="x")
    )
    challenge = dict(answer.headers)["WWW-Authenticate"]
    assert challenge.startswith('DPoP realm="notes", error="invalid_dpop_proof"')
    assert challenge.endswith('algs="ES256 ES384 ES512 Ed25519 PS256 RS256"')
    assert json.loads(answer.body)["code"] == "sender_not_proved"


def test_origin_is_that_of_a_url():
    assert origin_of("https://api.example.com:8443/x") == "https://api.example.com:8443"
    assert [origin_of(name) for name in ("notes", "urn:x", "http://[")] == ["", "", ""]


def test_certificate_of_a_proxy_counts_where_its_field_is_named(mint, clock):
    core = Core(ISSUER, URL, {"keys": mint.keys, "certificate_header": "Client-Cert"})
    fields = {"client-cert": [f":{base64.b64encode(CERTIFICATE).decode()}:"]}
    found = core.presented(fields, method="GET", path="/a", query=b"", certificate=b"direct")
    assert (found.certificate, found.url) == (CERTIFICATE, "https://api.example.com/a")
    below = Core(ISSUER, "notes", {"keys": mint.keys, "url": "https://example.com/api/"})
    assert (
        below.presented({}, method="GET", path="/a", query=b"").url == "https://example.com/api/a"
    )
    with pytest.raises(ValueError, match="https URL"):
        Core(ISSUER, "notes", {"keys": mint.keys, "url": "api.example.com"})
    other = Core(ISSUER, "notes", {"keys": mint.keys})
    found = other.presented(fields, method="GET", path="/a", query=b"", certificate=b"direct")
    assert (found.certificate, found.url) == (b"direct", "")
