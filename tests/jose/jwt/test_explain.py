import json

import pytest
from tests.jose import forge
from tests.jose.keys import ASYMMETRIC, AUDIENCE, ISSUER, NOW, SYMMETRIC, TYP, key, public, signer

from watchword import jwt
from watchword.jose.jwt.explain import Outcome, Verdict

EXPECT = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP)


def outcomes(explanation):
    return {check.name: check.outcome for check in explanation.checks}


@pytest.mark.parametrize("alg", SYMMETRIC + ASYMMETRIC)
def test_every_form_of_every_part_is_shown(alg):
    text = signer(alg).sign(sub="alice")
    shown = jwt.explain(text, public(alg), expect=EXPECT, now=NOW)
    header, payload, signature = text.split(".")
    assert shown.verdict is Verdict.VERIFIED
    assert not shown.failures
    assert set(outcomes(shown).values()) == {Outcome.PASSED}
    assert (shown.header.b64u, shown.payload.b64u, shown.signature.b64u) == (
        *(header, payload, signature),
    )
    assert json.loads(shown.header.text) == json.loads(shown.header.pretty) == shown.header.members
    assert json.loads(shown.payload.data)["sub"] == shown.payload.members["sub"] == "alice"
    assert shown.signature.data.hex() == shown.signature.text
    assert shown.signing_input == f"{header}.{payload}"
    assert shown.algorithm.name == alg
    assert shown.token_bytes == len(text)
    key(alg).checker(header.encode())(payload.encode(), signature.encode())


@pytest.mark.parametrize(
    ("alg", "words"),
    [
        ("HS384", "HMAC with SHA-384 under the shared secret, over the signing input: 48 bytes"),
        ("RS256", "RSA signature (PKCS #1 v1.5) with SHA-256"),
        ("PS512", "RSA-PSS signature with SHA-512"),
        ("ES256", "ECDSA signature (r, then s) on P-256 with SHA-256"),
        ("Ed25519", "Ed25519 signature under the private key, over the signing input: 64 bytes"),
    ],
)
def test_each_encoding_is_told_in_a_sentence(alg, words):
    shown = jwt.explain(signer(alg).sign(sub="alice"), now=NOW)
    assert words in shown.signature.encoding
    assert "the protected header as JSON" in shown.header.encoding
    assert "base64url without padding" in shown.payload.encoding


def test_without_a_key_nothing_is_claimed():
    shown = jwt.explain(signer().sign(sub="alice"), now=NOW)
    assert shown.verdict is Verdict.NOT_CHECKED
    assert shown.checks == ()
    assert shown.failures == ()


def test_without_an_expectation_issuer_audience_and_type_are_left_open():
    text = signer(issuer="https://other", audience="other", typ="x").sign(sub="alice")
    assert jwt.explain(text, public("HS256"), now=NOW).verdict is Verdict.VERIFIED
    assert jwt.explain(text, public("HS256"), now=NOW + 900).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("issuer", "audience", "words"),
    [
        (ISSUER, AUDIENCE, "issuer, audience and times are as expected"),
        (ISSUER, jwt.ANY, "issuer and times are as expected; audience is not asked"),
        (jwt.ANY, AUDIENCE, "audience and times are as expected; issuer is not asked"),
        (jwt.ANY, jwt.ANY, "times are as expected; issuer and audience are not asked"),
    ],
)
def test_only_what_was_asked_is_said_to_have_passed(issuer, audience, words):
    for typ, outcome in ((TYP, Outcome.PASSED), (jwt.ANY, Outcome.NOT_ASKED)):
        expect = jwt.Expected(issuer=issuer, audience=audience, typ=typ)
        shown = jwt.explain(signer().sign(sub="alice"), public("HS256"), expect=expect, now=NOW)
        assert shown.verdict is Verdict.VERIFIED
        assert outcomes(shown)["type"] is outcome
        assert shown.checks[-1].asks == words
        assert shown.checks[-1].outcome is Outcome.PASSED


def test_what_was_not_asked_is_not_reached_after_a_failure():
    text = forge.token(forge.header("HS512"), alg="HS512")
    shown = jwt.explain(text, public("HS256"), now=NOW)
    assert outcomes(shown)["type"] is Outcome.NOT_REACHED


@pytest.mark.parametrize(
    ("name", "code", "text", "expect"),
    [
        ("form", "token_malformed", "a.b.c", EXPECT),
        ("algorithm", "algorithm_refused", forge.token(forge.header("HS512"), alg="HS512"), EXPECT),
        ("type", "wrong_type", forge.token(forge.header(typ="x")), EXPECT),
        ("extensions", "critical_header", forge.token(forge.header(crit=["x"], x=1)), EXPECT),
        ("key", "unknown_key", forge.token(forge.header(kid="other")), EXPECT),
        ("signature", "signature_invalid", forge.token()[:-43] + "A" * 43, EXPECT),
        ("claims", "token_expired", forge.token(payload=forge.claims(exp=NOW)), EXPECT),
    ],
)
def test_the_rule_that_failed_is_named_and_the_later_ones_not_reached(name, code, text, expect):
    shown = jwt.explain(text, public("HS256"), expect=expect, now=NOW)
    assert shown.verdict is Verdict.REFUSED
    assert shown.failures[0].code == code
    assert shown.failures[0].hint
    names = list(outcomes(shown))
    at = names.index(name)
    assert [outcomes(shown)[each] for each in names] == (
        [Outcome.PASSED] * at + [Outcome.FAILED] + [Outcome.NOT_REACHED] * (len(names) - at - 1)
    )


def test_every_failed_claim_is_named():
    shown = jwt.explain(
        forge.token(payload=forge.claims(exp=NOW, iss="x")), public("HS256"), expect=EXPECT, now=NOW
    )
    assert [(failure.code, failure.claim) for failure in shown.failures] == [
        ("wrong_issuer", "iss"),
        ("token_expired", "exp"),
    ]


def test_keys_that_cannot_be_had_fail_the_step_of_the_key():
    class Down:
        algorithms = frozenset({"HS256"})

        def find(self, _alg, _kid):
            raise jwt.KeysUnavailable

    shown = jwt.explain(forge.token(), Down(), now=NOW)
    assert outcomes(shown)["key"] is Outcome.FAILED
    assert outcomes(shown)["signature"] is Outcome.NOT_REACHED
    assert shown.failures[0].code == "keys_unavailable"
    assert shown.failures[0].hint


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "a",
            "a.b",
            "a.b.c",
            "a.b.c.d.e",
            "é.ü.ö",
            "\ud800",
            "x" * 100_000,
            "." * 100_000,
        ),
        *(b"", b"\xff\xfe", b"a.b.c", "eyJhbGciOiJ4In0.W10.AA", "W10.e30.", "bnVsbA.MQ.AA"),
        *("eyJhbGciOiJ4IiwiYWxnIjoieSJ9.e30.AA", "eyJhbGciOjF9.eyJleHAiOiJ4In0.AA"),
    ],
)
def test_whatever_is_given_is_explained_and_never_raised(text):
    for keys in (None, public("HS256"), public("ES256")):
        shown = jwt.explain(text, keys, now=NOW)
        assert shown.verdict is Verdict.REFUSED
        assert shown.failures


def test_what_cannot_be_read_says_why():
    shown = jwt.explain("e30x.bnVsbA.YR", now=NOW)
    assert shown.header.fault
    assert shown.payload.fault == "JSON, but not an object"
    assert "canonical" in shown.signature.fault
    assert jwt.explain("a..", now=NOW).payload.fault == "absent"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "at this moment"),
        (1, "in 1 second"),
        (-1, "1 second ago"),
        (59, "in 59 seconds"),
        (60, "in 1 minute"),
        (-7_199, "1 hour ago"),
        (900, "in 15 minutes"),
        (86_400 * 3, "in 3 days"),
    ],
)
def test_times_are_told_in_words(ahead, words):
    shown = jwt.explain(forge.token(payload={"exp": NOW + ahead}), now=NOW)
    assert [(each.claim, each.words) for each in shown.times] == [("exp", words)]


def test_times_are_told_in_utc_and_odd_values_left_out():
    payload = {"iat": 0, "nbf": True, "exp": 1_900_000_000.5, "auth_time": 10**30}
    shown = jwt.explain(forge.token(payload=payload), now=NOW)
    assert [(each.claim, each.utc) for each in shown.times] == [
        ("iat", "1970-01-01 00:00:00 UTC"),
        ("exp", "2030-03-17 17:46:40 UTC"),
    ]
