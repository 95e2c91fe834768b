import json
from pathlib import Path

import pytest
from tests.jose import forge
from tests.jose.dpop.requests import METHOD, TOKEN, URL, claims, forged, header, jwk, prover, verify
from tests.jose.dpop.requests import verifier as fresh_verifier
from tests.jose.keys import NOW, FixedClock, key

from watchword import dpop, jwt
from watchword.base.limits import DATE_MAX

EXAMPLES = json.loads((Path(__file__).parents[2] / "vectors/rfc9449/proofs.json").read_text())
JKT = key("ES256").thumbprint()
BOUND = {"access_token": TOKEN, "jkt": JKT}


@pytest.mark.requirement("rfc9449:4.1:examples")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["section"])
def test_the_examples_verify(example):
    """RFC 9449 figures 2 and 13, and the thumbprint of figure 9."""
    clock = FixedClock(example["iat"])
    policy = dpop.Verifier(algorithms=["ES256"], seen=dpop.Memory(clock=clock), clock=clock)
    request = {name: example[name] for name in ("method", "url")}
    if example["access_token"] is not None:
        request |= {"access_token": example["access_token"], "jkt": example["jkt"]}
    assert policy.verify(example["proof"], **request).thumbprint == example["jkt"]
    claims = jwt.peek(example["proof"]).claims
    assert (claims["jti"], claims.get("ath")) == (example["jti"], example["ath"])


def test_the_example_with_another_token_fails():
    example = EXAMPLES[1]
    clock = FixedClock(example["iat"])
    policy = dpop.Verifier(algorithms=["ES256"], seen=dpop.Memory(clock=clock), clock=clock)
    request = {name: example[name] for name in ("method", "url", "jkt")}
    with pytest.raises(jwt.ClaimInvalid) as caught:
        policy.verify(example["proof"], **request, access_token="another")
    assert caught.value.claim == "ath"


@pytest.mark.requirement("tokens:J-48:dpop", "security-a:25:dpop")
def test_a_proof_proves_possession_of_a_key():
    """RFC 9449 section 4.3."""
    proved = verify(prover().proof(METHOD, URL))
    assert proved.thumbprint == JKT
    assert proved.key.to_jwk()["x"] == jwk()["x"]
    assert not proved.key.is_private
    assert not isinstance(proved, jwt.Verified)
    assert proved.until == NOW + 61
    assert len(proved.jti_hash) == 32


POLICIES = {
    "no algorithm": {"algorithms": []},
    "a text": {"algorithms": "ES256"},
    "symmetric": {"algorithms": ["ES256", "HS256"]},
    "unknown": {"algorithms": ["none"]},
    "no memory": {"seen": None},
}


@pytest.mark.parametrize("changes", POLICIES.values(), ids=POLICIES)
def test_a_policy_that_lacks_something_is_refused_when_built(changes):
    with pytest.raises(jwt.PolicyRefused) as caught:
        dpop.Verifier(**{"algorithms": ["ES256"], "seen": dpop.Memory()} | changes)
    assert caught.value.claim == ("alg" if "algorithms" in changes else None)


HEADERS = {
    "no typ": ({"typ": None}, jwt.WrongType),
    "another typ": ({"typ": "JWT"}, jwt.WrongType),
    "a near typ": ({"typ": "dpop"}, jwt.WrongType),
    "an algorithm not on the list": ({"alg": "ES384"}, jwt.AlgorithmRefused),
    "a symmetric algorithm": ({"alg": "HS256"}, jwt.AlgorithmRefused),
    "none": ({"alg": "none"}, jwt.AlgorithmRefused),
    "no key": ({"jwk": None}, jwt.MalformedToken),
    "a key that is no object": ({"jwk": "x"}, jwt.MalformedToken),
    "a critical extension": ({"crit": ["x"], "x": 1}, jwt.CriticalHeader),
    "unencoded": ({"crit": ["b64"], "b64": False}, jwt.CriticalHeader),
}


@pytest.mark.requirement("rfc9449:4.3:header")
@pytest.mark.parametrize(("members", "kind"), HEADERS.values(), ids=HEADERS)
def test_a_header_of_another_kind_is_refused(members, kind):
    with pytest.raises(kind) as caught:
        verify(forged(header(**members)))
    claim = next(iter(members))
    assert caught.value.claim == claim or kind is jwt.CriticalHeader
    if kind in {jwt.WrongType, jwt.AlgorithmRefused}:
        assert caught.value.got == members[claim]


@pytest.mark.parametrize("typ", ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt"])
def test_the_type_is_a_media_type(typ):
    """RFC 7515 section 4.1.9."""
    assert verify(forged(header(typ=typ)))


CLAIMS = {
    **{
        f"no {name}": ({name: ...}, name, jwt.ClaimMissing) for name in ("jti", "htm", "htu", "iat")
    },
    **{
        f"{name} {value!r}": ({name: value}, name, jwt.ClaimInvalid)
        for name in ("jti", "htm", "htu")
        for value in ("", 1, True, [], {}, ["POST"])
    },
    **{
        f"iat {value!r}": ({"iat": value}, "iat", jwt.ClaimInvalid)
        for value in ("1", True, [], 0, -1, 1e300, 10**30)
    },
    "a long jti": ({"jti": "j" * 257}, "jti", jwt.ClaimInvalid),
    "another method": ({"htm": "GET"}, "htm", jwt.ClaimInvalid),
    "the method in small letters": ({"htm": "post"}, "htm", jwt.ClaimInvalid),
    "another host": ({"htu": "https://b.example/notes"}, "htu", jwt.ClaimInvalid),
    "another path": ({"htu": URL + "/1"}, "htu", jwt.ClaimInvalid),
    "another scheme": ({"htu": "http://api.example/notes"}, "htu", jwt.ClaimInvalid),
    "no URL": ({"htu": "notes"}, "htu", jwt.ClaimInvalid),
    "too old": ({"iat": NOW - 61}, "iat", jwt.TooOld),
    "ahead": ({"iat": NOW + 11}, "iat", jwt.IssuedInFuture),
}


@pytest.mark.requirement("rfc9449:4.3:claims", "tokens:J-48:dpop", "security-a:25:dpop")
@pytest.mark.parametrize(("members", "claim", "kind"), CLAIMS.values(), ids=CLAIMS)
def test_a_claim_that_does_not_fit_the_request_is_refused(members, claim, kind):
    with pytest.raises(kind) as caught:
        verify(forged(payload=claims(**members)))
    assert caught.value.claim == claim


@pytest.mark.requirement("rfc9449:11.1:window")
@pytest.mark.parametrize("iat", [NOW - 60, NOW - 0.5, NOW, NOW + 10])
def test_the_window_is_sixty_seconds_back_and_ten_ahead(iat):
    """Security.md rule 65."""
    assert verify(forged(payload=claims(iat=iat))).until == int(iat) + 61


@pytest.mark.parametrize(
    ("iat", "kind", "hint"),
    [
        (1, jwt.TooOld, f"{NOW - 1} s ago"),
        (NOW - 61, jwt.TooOld, "61 s ago"),
        (NOW + 11, jwt.IssuedInFuture, "11 s ahead"),
        (DATE_MAX, jwt.IssuedInFuture, "ahead"),
        (DATE_MAX + 1, jwt.ClaimInvalid, "seconds since the epoch"),
    ],
)
def test_a_time_outside_the_window_says_by_how_much(iat, kind, hint):
    with pytest.raises(kind, match=hint) as caught:
        verify(forged(payload=claims(iat=iat)))
    assert caught.value.claim == "iat"
    if kind is jwt.IssuedInFuture:
        assert caught.value.got == iat


def test_a_name_has_a_length():
    assert verify(forged(payload=claims(jti="j" * 256)))
    with pytest.raises(jwt.ClaimInvalid, match="256"):
        verify(forged(payload=claims(jti="j" * 257)))


@pytest.mark.requirement("rfc9449:4.3:htu")
@pytest.mark.parametrize("url", [URL + "?page=2", "https://API.example:443/a/../notes#x"])
def test_query_and_fragment_and_spelling_do_not_count(url):
    assert verify(forged(), url=url)
    assert verify(forged(payload=claims(htu=url)))


@pytest.mark.parametrize("url", ["/notes", "", "https://u@api.example/notes"])
def test_a_request_whose_url_is_none_is_refused(url):
    with pytest.raises(jwt.ClaimInvalid) as caught:
        verify(forged(), url=url)
    assert caught.value.claim == "htu"


@pytest.mark.requirement("rfc9449:4.3:access-token")
def test_a_proof_beside_a_token_is_bound_to_it():
    """RFC 9449 section 4.3, points 11 and 12."""
    good = prover().proof(METHOD, URL, access_token=TOKEN)
    assert verify(good, **BOUND)
    assert verify(good)  # at the token endpoint its hash means nothing
    for payload in (claims(), claims(ath="x"), claims(ath=1), claims(ath="")):
        with pytest.raises((jwt.ClaimInvalid, jwt.ClaimMissing)) as caught:
            verify(forged(payload=payload), **BOUND)
        assert caught.value.claim == "ath"
    with pytest.raises(jwt.ClaimInvalid):
        verify(good, access_token=TOKEN + "x", jkt=JKT)
    with pytest.raises(jwt.ClaimInvalid):
        verify(good, access_token="é", jkt=JKT)


@pytest.mark.requirement("rfc9449:4.3:access-token")
def test_a_proof_of_another_key_is_refused():
    other = key("ES384").thumbprint()
    for bound in ({"jkt": other}, {"jkt": ""}, BOUND | {"jkt": other}):
        with pytest.raises(jwt.UnknownKey) as caught:
            verify(prover().proof(METHOD, URL, access_token=TOKEN), **bound)
        assert caught.value.claim == "jkt"


def test_a_token_without_its_key_is_the_callers_mistake():
    with pytest.raises(jwt.PolicyRefused, match=r"cnf\.jkt"):
        verify(prover().proof(METHOD, URL, access_token=TOKEN), access_token=TOKEN)


@pytest.mark.requirement("rfc9449:8:nonce")
def test_a_nonce_is_held_to_where_one_is_asked_for():
    """RFC 9449 sections 8 and 9: the error of its own lets a server answer with a nonce."""
    policy = fresh_verifier()
    request = {"method": METHOD, "url": URL}
    for nonce in (None, "old", ""):
        with pytest.raises(jwt.NonceRequired) as caught:
            policy.verify(prover().proof(METHOD, URL, nonce=nonce), **request, nonce="fresh")
        assert (caught.value.code, caught.value.claim) == ("use_dpop_nonce", "nonce")
    with pytest.raises(jwt.NonceRequired):
        policy.verify(forged(payload=claims(nonce=["fresh"])), **request, nonce="fresh")
    assert policy.verify(prover().proof(METHOD, URL, nonce="fresh"), **request, nonce="fresh")
    two = ("fresh", "the one before")
    assert policy.verify(prover().proof(METHOD, URL, nonce=two[1]), **request, nonce=two)
    with pytest.raises(jwt.NonceRequired):
        policy.verify(prover().proof(METHOD, URL, nonce="older still"), **request, nonce=two)
    assert policy.verify(prover().proof(METHOD, URL, nonce="unasked"), **request)


def test_every_failed_claim_is_reported():
    """STYLE section 6; a nonce among other failures is no nonce to send."""
    with pytest.raises(jwt.ClaimsInvalid) as caught:
        verify(forged(payload={"x": 1}), nonce="n", **BOUND)
    assert [error.claim for error in caught.value.errors] == [
        *("jti", "htm", "htu", "iat", "ath", "nonce")
    ]
    assert not isinstance(caught.value, jwt.NonceRequired)


@pytest.mark.requirement("rfc9449:11.1:once")
def test_a_proof_is_good_once():
    policy, proof = fresh_verifier(), prover().proof(METHOD, URL)
    assert policy.verify(proof, method=METHOD, url=URL)
    with pytest.raises(jwt.ProofReplayed) as caught:
        policy.verify(proof, method=METHOD, url=URL)
    assert caught.value.claim == "jti"


def test_a_memory_that_has_to_be_awaited_is_asked_by_the_caller():
    policy, proof = fresh_verifier(), prover().proof(METHOD, URL)
    one = policy.verify_before_replay_check(proof, method=METHOD, url=URL)
    two = policy.verify_before_replay_check(proof, method=METHOD, url=URL)
    assert (one.jti_hash, one.until) == (two.jti_hash, two.until)
    other = policy.verify_before_replay_check(
        forged(payload=claims(jti="another")), method=METHOD, url=URL
    )
    assert other.jti_hash != one.jti_hash


def test_a_refused_proof_is_not_remembered():
    """Otherwise a stolen proof, shown to the wrong address, would burn the owner's."""
    policy, proof = fresh_verifier(), prover().proof(METHOD, URL)
    with pytest.raises(jwt.ClaimInvalid):
        policy.verify(proof, method="GET", url=URL)
    assert policy.verify(proof, method=METHOD, url=URL)


@pytest.mark.parametrize("proof", ["", "a.b.c", None, 1, b"\xff", "é.a.b", forge.token()])
def test_what_is_no_proof_is_refused(proof):
    with pytest.raises(jwt.TokenError):
        verify(proof)


def test_two_headers_in_one_are_no_proof():
    """RFC 9449 section 4.3, point 1: a framework joins repeated headers with a comma."""
    with pytest.raises(jwt.MalformedToken):
        verify(f"{prover().proof(METHOD, URL)}, {prover().proof(METHOD, URL)}")


def test_texts_show_no_claim():
    assert repr(fresh_verifier("ES256", "RS256")) == "Verifier(ES256, RS256)"
    with pytest.raises(jwt.ClaimsInvalid) as caught:
        verify(forged(payload=claims(htm="canary", htu="canary", jti="canary" * 50)))
    assert "canary" not in str(caught.value)
