import json
import threading
import traceback
from dataclasses import dataclass

import pytest
from tests.jose import forge
from tests.jose.keys import (
    ASYMMETRIC,
    AUDIENCE,
    ISSUER,
    NOW,
    SYMMETRIC,
    TYP,
    FixedClock,
    public,
    signer,
    verifier,
)

from watchword import jwe, jwt
from watchword.jose.jwt.verifier import HEADERS_KEPT_MAX

CANARY = "canary-7f3a"
GOOD = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}


@pytest.mark.parametrize("alg", SYMMETRIC + ASYMMETRIC)
def test_what_is_signed_is_verified(alg):
    text = signer(alg).sign(sub="alice", scope="read")
    policy = verifier(alg)
    for _ in range(4):  # unknown header, known header, learned claims
        proved = policy.verify(text)
        assert proved.claims.sub == "alice"
        assert proved.header.kid == proved.key.kid == f"kid-{alg}"
        assert proved.expires_in == 900
    assert policy.verify(text.encode()).claims.sub == "alice"


@pytest.mark.requirement("tokens:J-1:one-algorithm", "security-a:2:one-algorithm")
@pytest.mark.parametrize("alg", SYMMETRIC + ASYMMETRIC)
def test_of_all_keys_and_algorithms_only_the_diagonal_passes(alg):
    """Security.md rule 2; RFC 8725 section 3.1."""
    policy = verifier(alg)
    for other in SYMMETRIC + ASYMMETRIC:
        for said in {other, other.lower(), other.upper(), other.swapcase(), f" {other}"}:
            text = forge.token(forge.header(other, alg=said, kid=f"kid-{alg}"), alg=other)
            if said == other == alg:
                assert policy.verify(text)
            else:
                with pytest.raises(jwt.TokenError):
                    policy.verify(text)


@pytest.mark.requirement("rfc8725:3.1:policy-complete", "tokens:J-22:policy-complete")
@pytest.mark.parametrize("name", GOOD)
def test_a_policy_without_one_of_the_three_is_not_built(name):
    """Security.md rule 1: no token is read."""
    with pytest.raises(TypeError):
        jwt.Verifier(public("ES256"), **{key: GOOD[key] for key in GOOD if key != name})
    with pytest.raises(jwt.PolicyRefused):
        jwt.Verifier(public("ES256"), **(GOOD | {name: None}))
    with pytest.raises(jwt.PolicyRefused):
        jwt.Verifier(public("ES256"), **(GOOD | {name: ""}))


@pytest.mark.requirement("security-a:1:keys-are-objects")
@pytest.mark.parametrize("keys", ["x" * 32, b"x" * 32, None, 7, [], {}, ["x"]])
def test_text_is_never_a_key(keys):
    with pytest.raises(jwt.PolicyRefused, match="text is never a key"):
        jwt.Verifier(keys, **GOOD)


@pytest.mark.parametrize(
    ("keys", "hint"),
    [
        ([public("ES256")], "KeySet"),
        ((public("HS256"),), "KeySet"),
        (jwe.Key.generate("RSA-OAEP-256"), "for encryption"),
        (jwe.Secret.generate("A256KW"), "for encryption"),
    ],
    ids=["list", "tuple", "key", "secret"],
)
def test_what_is_no_policy_of_keys_is_told_what_it_is(keys, hint):
    with pytest.raises(jwt.PolicyRefused, match=hint):
        jwt.Verifier(keys, **GOOD)


@pytest.mark.parametrize("keys", [public("ES256"), public("HS256"), 7, None, "x"])
def test_a_key_set_is_made_of_a_list(keys):
    with pytest.raises(jwt.InvalidKey, match="list"):
        jwt.KeySet(keys)


@pytest.mark.parametrize("expect", [None, {}, "x"])
def test_what_the_pure_function_expects_is_written_as_such(expect):
    with pytest.raises(jwt.PolicyRefused, match="Expected"):
        jwt.verify(forge.token(), public("HS256"), expect=expect, now=NOW)


@pytest.mark.requirement("tokens:J-11:no-empty-list")
@pytest.mark.parametrize(
    "algorithms", [[], (), "ES256", ["RS256"], ["ES256", "none"], ["ES256", "RS256"]]
)
def test_an_algorithm_list_narrows_and_is_not_empty(algorithms):
    """Tokens.md J-11."""
    with pytest.raises(jwt.PolicyRefused):
        jwt.Verifier(public("ES256"), **GOOD, algorithms=algorithms)


def test_a_narrowed_list_refuses_the_others():
    keys = jwt.KeySet([public("ES256"), public("RS256")])
    narrowed = jwt.Verifier(keys, **GOOD, clock=FixedClock(), algorithms=[jwt.ES256])
    assert narrowed.verify(signer("ES256").sign(sub="a"))
    with pytest.raises(jwt.AlgorithmRefused) as caught:
        narrowed.verify(signer("RS256").sign(sub="a"))
    assert (caught.value.got, caught.value.expected) == ("RS256", {"ES256"})


@pytest.mark.parametrize("name", ["leeway", "max_age"])
def test_a_duration_that_is_none_is_named(name):
    with pytest.raises(jwt.PolicyRefused, match=f"{name}="):
        jwt.Verifier(public("ES256"), **GOOD, **{name: "soon"})


@pytest.mark.parametrize(
    "options",
    [
        *({"leeway": "6m"}, {"leeway": -1}, {"leeway": True}, {"leeway": 1.5}, {"max_age": -1}),
        *({"max_age": "soon"}, {"require": "sub"}, {"require": 7}, {"require": [7]}),
        *({"claims": object()}, {"denylist": True}, {"allow_padding": "no"}),
        *({"crit": ["x"]}, {"crit": "x"}, {"crit": []}, {"crit": {"x": 1}}, {"crit": {7: print}}),
        *({"crit": {"": print}}, {"crit": {"alg": print}}, {"crit": {"b64": print}}),
    ],
)
def test_other_mistakes_of_policy(options):
    with pytest.raises(jwt.PolicyRefused):
        jwt.Verifier(public("ES256"), **GOOD, **options)


def test_a_source_of_both_kinds_is_refused():
    class Mixed:
        algorithms = frozenset({"HS256", "ES256"})

        def find(self, _alg, _kid):
            raise jwt.UnknownKey

    class Empty(Mixed):
        algorithms = frozenset()

    for source in (Mixed(), Empty()):
        with pytest.raises(jwt.PolicyRefused, match="all shared secrets or all key pairs"):
            jwt.Verifier(source, **GOOD)


class Rotating:
    """A source whose keys change between two verifications."""

    algorithms = frozenset({"ES256"})

    def __init__(self, *keys):
        self.keys = jwt.KeySet(keys)

    def find(self, alg, kid):
        return self.keys.find(alg, kid)


def test_a_source_is_asked_every_time():
    """A withdrawn key is gone at once, whatever was kept of its tokens."""
    source = Rotating(public("ES256"))
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock())
    text = signer("ES256").sign(sub="alice")
    for _ in range(3):
        policy.verify(text)
    source.keys = jwt.KeySet([jwt.Key.generate("ES256").public()])
    with pytest.raises(jwt.UnknownKey):
        policy.verify(text)
    source.keys = jwt.KeySet([jwt.Key.generate("ES256", kid="kid-ES256").public()])
    with pytest.raises(jwt.SignatureInvalid):
        policy.verify(text)
    source.keys = jwt.KeySet([public("ES256")])
    assert policy.verify(text)


def test_unavailable_keys_are_nobodys_bad_token():
    class Down(Rotating):
        def find(self, _alg, _kid):
            raise jwt.KeysUnavailable("the issuer is down", retry_after=5)

    policy = jwt.Verifier(Down(public("ES256")), **GOOD, clock=FixedClock())
    with pytest.raises(jwt.KeysUnavailable):
        policy.verify(signer("ES256").sign(sub="alice"))


@pytest.mark.requirement("tokens:J-21:signature-before-payload")
def test_claims_are_not_read_before_the_signature_holds(monkeypatch):
    """Tokens.md J-21."""
    read = []
    monkeypatch.setattr("watchword.jose.jwt.prove.members_of", read.append)
    header, payload, _ = signer().sign(sub="alice").split(".")
    with pytest.raises(jwt.SignatureInvalid):
        verifier().verify(f"{header}.{payload}.{'A' * 43}")
    assert not read


def test_a_bad_signature_teaches_nothing():
    """The header cache is entered only after a good signature."""
    policy = verifier()
    good = signer().sign(sub="alice")
    with pytest.raises(jwt.SignatureInvalid):
        policy.verify(good[:-43] + "A" * 43)
    assert not policy._known
    policy.verify(good)
    assert len(policy._known) == 1
    with pytest.raises(jwt.SignatureInvalid):
        policy.verify(good[:-43] + "A" * 43)


def test_kept_headers_are_bounded():
    policy = verifier()
    for number in range(HEADERS_KEPT_MAX + 5):
        policy.verify(forge.token(forge.header(extra=number)))
        assert len(policy._known) <= HEADERS_KEPT_MAX


def test_an_extension_is_asked_about_every_time():
    seen = []
    policy = verifier(crit={"ext": seen.append})
    text = forge.token(forge.header(crit=["ext"], ext=1))
    for _ in range(3):
        policy.verify(text)
    assert seen == [1, 1, 1]


def test_the_denylist_is_asked_last_and_every_time():
    asked = []

    def is_denied(proved):
        asked.append(proved.claims.jti)
        return proved.claims.jti == "bad"

    policy = verifier(denylist=is_denied)
    policy.verify(signer().sign(sub="alice", jti="good"))
    for _ in range(2):
        with pytest.raises(jwt.TokenRevoked):
            policy.verify(signer().sign(sub="alice", jti="bad"))
    with pytest.raises(jwt.Expired):
        policy.verify(signer(clock=FixedClock(NOW - 5000)).sign(sub="alice", jti="late"))
    assert asked == ["good", "bad", "bad"]


def test_claims_may_be_processed_between_signature_and_policy():
    """The seam for SD-JWT: one path in two steps, the same verdicts."""
    clock = FixedClock()
    policy = verifier(clock=clock)
    authenticated = policy.authenticate(forge.token(payload=forge.claims(exp=..., hidden="x")))
    assert authenticated.members == forge.claims(exp=..., hidden="x")
    assert authenticated.key.kid == authenticated.header.kid == "kid-HS256"
    proved = policy.conclude(authenticated, forge.claims(shown="y"))
    assert isinstance(proved, jwt.Verified)
    assert (proved.header, proved.key) == (authenticated.header, authenticated.key)
    assert proved.claims == forge.claims(shown="y")
    assert proved.expires_in == 900
    assert policy.conclude(authenticated, forge.claims(), now=NOW + 1).expires_in == 899
    with pytest.raises(jwt.ClaimMissing):
        policy.conclude(authenticated, authenticated.members)
    clock.time += 900
    with pytest.raises(jwt.Expired):
        policy.conclude(authenticated, forge.claims())


@pytest.mark.parametrize(
    ("members", "error"),
    [
        (forge.header(alg="ES256"), jwt.AlgorithmRefused),
        (forge.header(typ="dpop+jwt"), jwt.WrongType),
        (forge.header(crit=["x"], x=1), jwt.CriticalHeader),
        (forge.header(kid="other"), jwt.UnknownKey),
    ],
)
def test_what_is_authenticated_has_passed_every_check_of_its_header(members, error):
    with pytest.raises(error):
        verifier().authenticate(forge.token(members))


def test_what_is_authenticated_is_signed_strict_json():
    text = forge.token()
    with pytest.raises(jwt.SignatureInvalid):
        verifier().authenticate(text[:-43] + "A" * 43)
    for payload in ("[]", '{"a":1,"a":2}', "{"):
        with pytest.raises(jwt.MalformedToken):
            verifier().authenticate(forge.token(payload=payload))


def test_what_is_authenticated_is_not_verified_and_shows_no_claims():
    authenticated = verifier().authenticate(forge.token(payload=forge.claims(sub="canary")))
    assert not isinstance(authenticated, jwt.Verified)
    assert repr(authenticated) == "Authenticated(alg='HS256')"
    with pytest.raises(AttributeError):
        authenticated.claims  # noqa: B018 - the absence is the point


def test_only_the_verifier_that_authenticated_concludes():
    authenticated = verifier(typ=jwt.ANY).authenticate(forge.token())
    with pytest.raises(jwt.PolicyRefused, match="concludes on it"):
        verifier().conclude(authenticated, forge.claims())


def test_the_denylist_is_asked_at_the_conclusion():
    policy = verifier(denylist=lambda proved: proved.claims.jti == "bad")
    authenticated = policy.authenticate(forge.token())
    assert policy.conclude(authenticated, forge.claims(jti="good"))
    with pytest.raises(jwt.TokenRevoked):
        policy.conclude(authenticated, forge.claims(jti="bad"))


def test_a_format_may_have_a_larger_limit():
    """Status list tokens are up to 1 MiB; nothing else is."""
    text = forge.token(payload=forge.claims(lst="x" * 20_000))
    size = len(text)
    assert verifier().authenticate(text, bytes_max=size).members["lst"] == "x" * 20_000
    for limit in ({}, {"bytes_max": size - 1}):
        with pytest.raises(jwt.TokenTooLarge):
            verifier().authenticate(text, **limit)
        with pytest.raises(jwt.TokenTooLarge):
            verifier().authenticate(text.encode(), **limit)
    deep = forge.token(payload=forge.claims(lst="x" * 20_000, deep=[[[[[1]]]]]))
    assert verifier().authenticate(deep, bytes_max=2**20).members["deep"] == [[[[[1]]]]]


def test_time_passes_between_two_verifications():
    clock = FixedClock()
    policy = verifier(clock=clock)
    text = signer().sign(sub="alice")
    for moved, left in ((0, 900), (450, 450), (899, 1)):
        clock.time = NOW + moved
        assert policy.verify(text).expires_in == left
    clock.time = NOW + 900
    with pytest.raises(jwt.Expired):
        policy.verify(text)


@dataclass(frozen=True, slots=True)
class AccessClaims:
    sub: str
    scope: str = ""


def test_claims_come_in_the_named_type():
    proved = verifier(claims=AccessClaims).verify(signer().sign(sub="alice", scope="read"))
    assert proved.claims == AccessClaims("alice", "read")
    with pytest.raises(jwt.ClaimInvalid):
        verifier(claims=AccessClaims).verify(signer().sign(scope="read"))


def test_leeway_max_age_and_require_are_durations_and_names():
    late = signer(clock=FixedClock(NOW - 930)).sign(sub="alice")
    with pytest.raises(jwt.Expired):
        verifier().verify(late)
    assert verifier(leeway="1m").verify(late).expires_in == -30
    with pytest.raises(jwt.TooOld):
        verifier(leeway="1m", max_age="10m").verify(late)
    with pytest.raises(jwt.ClaimMissing):
        verifier(require=["tenant"]).verify(signer().sign(sub="alice"))


def test_any_is_written_where_a_reviewer_sees_it():
    loose = jwt.Verifier(
        public("ES256"), issuer=jwt.ANY, audience=jwt.ANY, typ=jwt.ANY, clock=FixedClock()
    )
    assert loose.verify(signer("ES256").sign(sub="a"))


@pytest.mark.requirement("tokens:J-31:canaries")
def test_reprs_show_neither_claims_nor_keys():
    proved = verifier().verify(signer().sign(sub="canary"))
    assert "canary" not in repr(proved)
    assert repr(verifier()) == f"Verifier(issuer={ISSUER!r}, typ={TYP!r})"


def test_a_handler_refuses_a_value_by_raising_value_error():
    """Whatever the header holds, a handler that reads it as a number refuses with a TokenError."""
    policy = verifier(crit={"ext": lambda value: int(str(value))})
    assert policy.verify(forge.token(forge.header(crit=["ext"], ext=1)))
    text = forge.token(forge.header(crit=["ext"], ext=CANARY))
    with pytest.raises(jwt.CriticalHeader) as caught:
        policy.verify(text)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("mistake", [TypeError, KeyError, ZeroDivisionError, OSError])
def test_the_applications_own_mistakes_stay_what_they_are(mistake):
    def fail(_value):
        raise mistake

    with pytest.raises(mistake):
        verifier(crit={"ext": fail}).verify(forge.token(forge.header(crit=["ext"], ext=1)))
    with pytest.raises(mistake):
        verifier(denylist=fail).verify(forge.token())


def test_the_pure_function_judges_by_the_time_of_the_call():
    text = signer("ES256").sign(sub="alice")
    expect = jwt.Expected(**GOOD)
    held = public("ES256")
    for keys in (held, jwt.KeySet([held]), Rotating(held)) * 4:
        assert jwt.verify(text, keys, expect=expect, now=NOW).claims.sub == "alice"
        with pytest.raises(jwt.Expired):
            jwt.verify(text, keys, expect=expect, now=NOW + 900)


def test_a_verifier_is_shared_between_threads():
    policy = verifier()
    texts = [forge.token(forge.header(extra=number)) for number in range(HEADERS_KEPT_MAX + 8)]
    barrier = threading.Barrier(4)
    faults = []

    def work():
        barrier.wait()
        try:
            for text in texts * 3:
                assert policy.verify(text).claims.sub == "alice"
        except Exception as fault:  # noqa: BLE001 - a thread hands its fault to the test
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_kind_of_token_may_have_a_limit_of_its_own():
    """Tokens.md J-49: a status list is longer than what a request header carries."""
    claims = forge.claims(list="x" * 20_000)
    plain, spaced = forge.token(payload=claims), forge.token(payload=json.dumps(claims, indent=1))
    for text in (plain, spaced):
        with pytest.raises(jwt.TokenTooLarge):
            verifier().verify(text)
        with pytest.raises(jwt.TokenTooLarge):
            verifier().verify(text, bytes_max=len(text) - 1)
        assert verifier().verify(text, bytes_max=len(text)).claims["list"] == claims["list"]
