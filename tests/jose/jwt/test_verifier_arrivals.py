"""Keys that have to be fetched first: who waits, who does not, and when they are asked for."""

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, FixedClock, public, verifier

from watchword import jwt
from watchword.jose.jwt.verifier import _Standing

GOOD = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}


def test_verifying_with_keys_at_hand_needs_no_event_loop():
    for policy in (verifier(), jwt.Verifiers(verifier())):
        assert policy.verify_nowait(forge.token()).claims.sub == "alice"
        assert run_to_its_end(policy.averify(forge.token())).claims.sub == "alice"
        for call in (policy.verify_nowait, lambda text, v=policy: run_to_its_end(v.averify(text))):
            with pytest.raises(jwt.Expired):
                call(forge.token(payload=forge.claims(exp=NOW)))


def run_to_its_end(coroutine):
    """Run a coroutine that awaits nothing."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it awaited something")


class Arriving:
    """A source whose keys come when somebody awaits them."""

    algorithms = frozenset({"ES256"})

    def __init__(self, key, arrivals=1):
        self.keys = jwt.KeySet([key])
        self.left = arrivals
        self.asked = []
        self.kids = set()

    def find(self, alg, kid):
        self.asked.append("find")
        self.kids.add(kid)
        return self.keys.find(alg, kid)

    def find_at_hand(self, alg, kid):
        self.asked.append("find_at_hand")
        if self.left:
            raise jwt.KeysUnavailable("not yet")
        return self.keys.find(alg, kid)

    def find_or_pending(self, alg, kid):
        self.asked.append("find_or_pending")
        if self.left:
            raise jwt.KeysPending(self.arrive)
        return self.keys.find(alg, kid)

    async def arrive(self):
        self.left -= 1


def test_each_way_to_verify_looks_for_keys_in_its_own_way():
    source = Arriving(public("ES256"))
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock(), cache=9)
    text = forge.token(alg="ES256")
    with pytest.raises(jwt.KeysUnavailable):
        policy.verify_nowait(text)
    assert set(source.asked) == {"find_at_hand"}
    for verify, last in (
        (lambda text: run_to_its_end(policy.averify(text)), "find_or_pending"),
        (policy.verify_nowait, "find_at_hand"),
        (policy.verify, "find"),
    ):
        assert verify(text).claims.sub == "alice"
        assert source.asked[-1] == last


@pytest.mark.requirement("tokens:J-43:after-every-other-check")
@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"exp": NOW}, jwt.Expired),
        ({"exp": ...}, jwt.ClaimMissing),
        ({"nbf": NOW + 11}, jwt.NotYetValid),
        ({"iss": "https://other.example"}, jwt.WrongIssuer),
        ({"aud": "other"}, jwt.WrongAudience),
        ({"sub": 7}, jwt.ClaimInvalid),
    ],
)
def test_claims_that_fail_cause_no_fetch(claims, error):
    """Whoever makes up key ids has to make up a whole token of this policy as well."""
    source = Arriving(public("ES256"))
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock())
    text = forge.token(payload=forge.claims(**claims), alg="ES256")
    for verify in (policy.verify, policy.verify_nowait):
        with pytest.raises(error):
            verify(text)
    with pytest.raises(error):
        run_to_its_end(policy.averify(text))
    assert set(source.asked) == {"find_at_hand"}


def test_claims_that_are_still_to_be_processed_are_not_judged_before_a_fetch():
    """An SD-JWT may hide what the policy requires."""
    policy = jwt.Verifier(Arriving(public("ES256")), **GOOD, clock=FixedClock())
    text = forge.token(payload={"_sd": []}, alg="ES256")
    assert run_to_its_end(policy.aauthenticate(text)).members == {"_sd": []}


def test_what_is_authenticated_may_await_its_keys():
    policy = jwt.Verifier(Arriving(public("ES256")), **GOOD, clock=FixedClock())
    authenticated = run_to_its_end(policy.aauthenticate(forge.token(alg="ES256")))
    assert policy.conclude(authenticated, authenticated.members).claims.sub == "alice"


class ArrivingList:
    """A denylist that comes when somebody awaits it."""

    def __init__(self, bad="bad"):
        self.bad, self.left, self.asked = bad, 1, []

    def __call__(self, verified):
        self.asked.append("waiting")
        return verified.claims.jti == self.bad

    def ask_at_hand(self, verified):
        self.asked.append("at hand")
        if self.left:
            raise jwt.StatusUnavailable("not yet")
        return verified.claims.jti == self.bad

    def ask_or_pending(self, verified):
        self.asked.append("pending")
        if self.left:
            raise jwt.KeysPending(self.arrive)
        return verified.claims.jti == self.bad

    async def arrive(self):
        self.left -= 1


@pytest.mark.requirement("tokens:J-49:awaited", "tokens:J-49:at-hand")
@pytest.mark.parametrize("cache", [0, 9])
def test_each_way_to_verify_asks_the_denylist_in_its_own_way(cache):
    denylist = ArrivingList()
    policy = verifier(denylist=denylist, cache=cache)
    good = forge.token()
    with pytest.raises(jwt.StatusUnavailable):
        policy.verify_nowait(good)
    assert policy.verify(good).claims.sub == "alice"
    assert run_to_its_end(policy.averify(good)).claims.sub == "alice"
    assert policy.verify_nowait(good).claims.sub == "alice"
    assert denylist.asked == ["at hand", "waiting", "pending", "pending", "at hand"]
    bad = forge.token(payload=forge.claims(jti="bad"))
    for call in (policy.verify, policy.verify_nowait, lambda t: run_to_its_end(policy.averify(t))):
        with pytest.raises(jwt.TokenRevoked):
            call(bad)


@pytest.mark.requirement("tokens:J-49:awaited")
def test_a_conclusion_may_await_the_denylist():
    denylist = ArrivingList()
    policy = verifier(denylist=denylist)
    authenticated = policy.authenticate(forge.token())
    concluded = run_to_its_end(policy.aconclude(authenticated, forge.claims(jti="good")))
    assert (concluded.claims.jti, concluded.expires_in) == ("good", 900)
    later = run_to_its_end(policy.aconclude(authenticated, forge.claims(), now=NOW + 1))
    assert later.expires_in == 899
    assert set(denylist.asked) == {"pending"}
    with pytest.raises(jwt.TokenRevoked):
        run_to_its_end(policy.aconclude(authenticated, forge.claims(jti="bad")))
    with pytest.raises(jwt.PolicyRefused, match="concludes on it"):
        run_to_its_end(verifier().aconclude(authenticated, forge.claims()))


def test_keys_that_never_arrive_are_unavailable():
    policy = jwt.Verifier(Arriving(public("ES256"), arrivals=9), **GOOD, clock=FixedClock())
    with pytest.raises(jwt.KeysUnavailable, match="changed while"):
        run_to_its_end(policy.averify(forge.token(alg="ES256")))


@pytest.mark.requirement("tokens:J-43:after-every-other-check")
@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        forge.token(forge.header("ES256", alg="RS256"), alg="ES256"),
        forge.token(forge.header("ES256", typ="other"), alg="ES256"),
        forge.token(forge.header("ES256", crit=["x"], x=1), alg="ES256"),
        forge.token(forge.header("ES256", kid=7), alg="ES256"),
        forge.token(alg="ES256") + "=",
        forge.token(alg="ES256") + "!",
        "{}.{}=.{}".format(*forge.token(alg="ES256").split(".")),
    ],
)
def test_no_key_is_looked_for_before_everything_else_is_right(text):
    """Tokens.md J-43: a fetch costs more than a header, so a header alone causes none."""
    source = Arriving(public("ES256"), arrivals=0)
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock())
    with pytest.raises(jwt.TokenError):
        policy.verify(text)
    assert source.asked == []


WITHDRAWN = forge.token(alg="ES256")
HEADER, PAYLOAD, SIGNATURE = WITHDRAWN.split(".")


@pytest.mark.requirement("tokens:J-43:after-every-other-check")
@pytest.mark.parametrize("cache", [0, 9])
@pytest.mark.parametrize(
    ("text", "moved"),
    [
        (f"{HEADER}.!!!.###", 0),
        (f"{HEADER}.{PAYLOAD}.###", 0),
        (f"{HEADER}.!!!.{SIGNATURE}", 0),
        (f"{HEADER}.{forge.encode('[]')}.{SIGNATURE}", 0),
        (f"{HEADER}.{forge.encode(forge.dump(forge.claims(exp=NOW)))}.{SIGNATURE}", 0),
        (WITHDRAWN, 900),
    ],
    ids=["nothing", "no signature", "no payload", "no object", "another, expired", "expired"],
)
def test_a_header_that_is_known_is_no_reason_to_fetch_either(text, moved, cache):
    """Anybody can send the header of a good token again, after its key is gone."""
    source, clock = Arriving(public("ES256"), arrivals=0), FixedClock()
    policy = jwt.Verifier(source, **GOOD, clock=clock, cache=cache)
    for _ in range(3):
        policy.verify(WITHDRAWN)
    source.left, source.asked = 9, []
    clock.time += moved
    for verify in (
        policy.verify,
        policy.verify_nowait,
        lambda t: run_to_its_end(policy.averify(t)),
    ):
        with pytest.raises(jwt.TokenError):
            verify(text)
    assert set(source.asked) == {"find_at_hand"}


@pytest.mark.requirement("tokens:J-43:after-every-other-check")
def test_a_bad_signature_under_a_key_at_hand_does_not_even_renew_the_keys():
    source = Arriving(public("ES256"), arrivals=0)
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock())
    forged = f"{HEADER}.{PAYLOAD}.{SIGNATURE[:-8]}AAAAAAAA"
    for _ in range(2):
        with pytest.raises(jwt.SignatureInvalid):
            policy.verify(forged)
        assert set(source.asked) == {"find_at_hand"}
        policy.verify(WITHDRAWN)
        source.asked = []


@pytest.mark.parametrize("cache", [0, 9])
def test_every_good_token_lets_the_source_notice_that_its_keys_grow_old(cache):
    """Tokens.md J-44: keys are renewed behind answers from the old ones, so somebody has to ask."""
    source = Arriving(public("ES256"), arrivals=0)
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock(), cache=cache)
    for _ in range(3):
        policy.verify(WITHDRAWN)
        assert source.asked[-1] == "find"
        source.asked.clear()
    assert source.kids == {"kid-ES256"}
    run_to_its_end(policy.averify(WITHDRAWN))
    assert source.asked == ["find_at_hand", "find_or_pending"]
    policy.authenticate(WITHDRAWN)
    assert source.asked[-1] == "find"


def test_the_verifier_behind_the_function_can_be_shown():
    """Its repr stands in tracebacks of `jwt.verify`."""
    expect = jwt.Expected(**GOOD)
    assert repr(_Standing(public("ES256"), expect)) == repr(verifier())


def test_an_expired_token_whose_key_is_not_here_proves_nothing():
    """The claims of a whole token are read before its key is fetched, to refuse only."""
    source = Arriving(public("ES256"))
    policy = jwt.Verifier(source, **GOOD, clock=FixedClock())
    unproved = forge.token(payload=forge.claims(exp=NOW), alg="ES256")
    with pytest.raises(jwt.Expired) as refused:
        policy.verify(unproved)
    assert source.asked == ["find_at_hand"]
    assert refused.value.proved is None
