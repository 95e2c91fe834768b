"""Issuing: what is hidden, what never is, and what nobody can count."""

import json

import pytest
from tests.jose.keys import public
from tests.jose.sdjwt.credentials import CLAIMS, holder, issue, issuer, token_verifier

from watchword import jwt, sdjwt
from watchword.base import base64url
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.disclosure import parse


def payload(text: str) -> dict[str, object]:
    return json.loads(base64url.decode(form.read(text).token.split(".")[1]))


def names(text: str) -> list[str | None]:
    return [parse(each).name for each in form.read(text).disclosures]


def test_hidden_claims_leave_the_payload():
    text = issue(hide=["email", "address.street", "nationalities.1"])
    told = payload(text)
    assert told["address"] == {"city": "Anytown", "_sd": told["address"]["_sd"]}
    assert [type(each) for each in told["nationalities"]] == [str, dict, str]
    assert told["_sd_alg"] == "sha-256"
    assert not {"email", "Main", "FR"} & {str(value) for value in told.values()}
    assert sorted(map(str, names(text))) == ["None", "email", "street"]
    assert text.endswith("~")


@pytest.mark.requirement("rfc9901:4.2.6:recursive")
def test_an_outer_and_an_inner_claim_may_both_be_hidden():
    text = issue(hide=["address", "address.street"])
    [address] = [parse(d) for d in form.read(text).disclosures if parse(d).name == "address"]
    assert set(address.value) == {"city", "_sd"}


@pytest.mark.requirement("rfc9901:4.2.4.1:order-hidden")
def test_digests_stand_in_an_order_of_their_own():
    claims = {f"claim{n}": n for n in range(30)}
    told = payload(issue(claims, hide=["*"], holder=None))
    assert told["_sd"] == sorted(told["_sd"])


@pytest.mark.requirement("rfc9901:4.2.5:decoys", "tokens:J-46:decoys")
def test_decoys_stand_wherever_something_is_hidden_and_in_the_payload():
    text = issue(hide=["address.street", "nationalities.0"], decoys=3)
    told = payload(text)
    assert len(told["_sd"]) == 3
    assert len(told["address"]["_sd"]) == 4
    assert sum(isinstance(each, dict) for each in told["nationalities"]) == 4
    assert len(form.read(text).disclosures) == 2
    found = sdjwt.receive(text, token_verifier())
    assert found.verified.claims["nationalities"] == ["DE", "FR", "US"]


def test_decoy_elements_stand_anywhere():
    """At the end, they would be known by their place."""
    told = [payload(issue(hide=["nationalities.*"], decoys=2)) for _ in range(12)]
    shown = [form.read(issue(hide=["nationalities.*"], decoys=2)) for _ in range(1)]
    assert len(shown[0].disclosures) == 3
    assert {len(each["nationalities"]) for each in told} == {5}

    class Fixed:
        def token_bytes(self, count: int) -> bytes:
            self.number = getattr(self, "number", 0) + 1
            return self.number.to_bytes(count, "big") if count == 16 else b"\0" * count

    first = payload(issue(hide=["nationalities.1"], decoys=1, chance=Fixed()))["nationalities"]
    assert [type(each) for each in first] == [dict, str, dict, str]


@pytest.mark.requirement("rfc9901:9.7:never-hidden", "tokens:J-46:never-hidden")
@pytest.mark.parametrize(
    "path", ["iss", "aud", "exp", "nbf", "cnf", "cnf.jwk", "status", "vct", "aud.0", "*"]
)
def test_what_decides_about_the_token_is_never_hidden(path):
    claims = {"aud": ["a"], "exp": 2, "nbf": 1, "status": {"x": 1}, "vct": "urn:x", "iss": "i"}
    with pytest.raises(jwt.PolicyRefused, match="never hidden"):
        issue(claims, hide=[path])


@pytest.mark.requirement("rfc9901:4.1:reserved")
@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_claim_of_a_reserved_name_is_refused_at_any_depth(name):
    for claims in ({name: 1}, {"a": {name: 1}}, {"a": [{"b": ({name: 1},)}]}):
        with pytest.raises(jwt.PolicyRefused, match="reserves"):
            issue(claims, hide=[])


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"hide": ["e-mail"]}, "names no claim"),
        ({"hide": "email"}, "list of paths"),
        ({"decoys": 21}, "decoys"),
        ({"decoys": -1}, "decoys"),
        ({"hash_name": "md5"}, "sha-512"),
    ],
)
def test_a_mistake_of_the_issuer_is_named(changes, match):
    with pytest.raises(jwt.PolicyRefused, match=match):
        issue(**changes)


def test_a_holder_is_named_once():
    with pytest.raises(jwt.PolicyRefused, match="cnf"):
        issue(CLAIMS | {"cnf": {}})
    assert "cnf" not in payload(issue(holder=None))


@pytest.mark.requirement("rfc9901:4.1.2:cnf")
def test_cnf_holds_the_public_half_alone():
    told = payload(issue(holder=holder()))
    assert told["cnf"] == {"jwk": public("ES256").to_jwk()}
    assert "d" not in told["cnf"]["jwk"]


@pytest.mark.requirement("tokens:J-28:refused-at-issue")
def test_what_a_verifier_would_refuse_is_refused_at_issue():
    deep: object = {"x": 1}
    for _ in range(30):
        deep = {"x": deep}
    path = ".".join(["x"] * 32)
    with pytest.raises(jwt.PolicyRefused):
        issue({"x": deep}, hide=[path])
    with pytest.raises(jwt.PolicyRefused, match="16384"):
        issue({"x": "y" * 20_000}, hide=[])
    with pytest.raises(jwt.PolicyRefused, match="longer"):
        issue({"x": "y" * 100_000}, hide=["x"])
    with pytest.raises(jwt.PolicyRefused, match="200"):
        issue({"x": list(range(201))}, hide=["x.*"])
    with pytest.raises(jwt.PolicyRefused, match="text"):
        issue({"sub": 7}, hide=["sub"])


def test_a_hidden_claim_may_nest_so_deep_that_its_disclosure_is_refused():
    deep: object = 1
    for _ in range(31):
        deep = [deep]
    with pytest.raises(jwt.PolicyRefused, match="verifier would refuse"):
        issue({"x": deep}, hide=["x", "x" + ".0" * 31])


def test_two_hundred_claims_may_be_hidden():
    text = issue({"x": list(range(150))}, hide=["x.*"])
    found = sdjwt.receive(text, token_verifier())
    assert found.verified.claims["x"] == list(range(150))
    assert len(found.hidden) == 150


@pytest.mark.parametrize("hash_name", ["sha-256", "sha-384", "sha-512"])
def test_each_hash_is_written_and_read(hash_name):
    text = issue(hash_name=hash_name)
    assert payload(text)["_sd_alg"] == hash_name
    assert sdjwt.receive(text, token_verifier()).verified.claims["email"] == "alice@example.org"


def test_any_name_of_a_claim_can_be_issued():
    text = sdjwt.issue(issuer(), {"self": 1, "claims": 2}, hide=["self"])
    assert sdjwt.receive(text, token_verifier()).verified.claims["self"] == 1
