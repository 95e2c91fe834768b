import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.jose.keys import NOW, FixedClock, signer, verifier
from tests.jose.statuslist.lists import URI, forged, list_verifier, published, referring

from watchword import jwt, statuslist


class Issuer:
    """Answers for its lists, and counts how often it is asked."""

    def __init__(self, statuses=None, **options):
        self.clock = FixedClock()
        self.asked = []
        self.is_down = False
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        self.statuses = statuses or {}
        self.options = options

    def fetch(self, uri):
        self.asked.append(uri)
        self.arrived.set()
        self.gate.wait(60)
        if self.is_down:
            raise jwt.StatusUnavailable("down")
        return published(self.statuses, uri=uri, clock=self.clock, **self.options)

    def denylist(self, allow=(URI,)):
        return statuslist.Denylist(
            list_verifier(self.clock), fetch=self.fetch, allow=allow, clock=self.clock
        )

    def verifier(self, allow=(URI,), **changes):
        return verifier(
            "ES256", **{"denylist": self.denylist(allow), "clock": self.clock} | changes
        )


@pytest.mark.requirement("statuslist-21:8.3:validation", "tokens:J-49:denylist")
def test_a_token_is_good_until_its_list_takes_it_back():
    issuer = Issuer({7: statuslist.INVALID, 8: statuslist.SUSPENDED, 9: 3})
    policy = issuer.verifier()
    assert policy.verify(referring(idx=6)).claims.sub == "alice"
    with pytest.raises(jwt.TokenRevoked) as caught:
        policy.verify(referring(idx=7))
    assert caught.value.code == "token_revoked"
    with pytest.raises(jwt.TokenSuspended):
        policy.verify(referring(idx=8))
    with pytest.raises(jwt.TokenRevoked):
        policy.verify(referring(idx=9))
    assert issuer.asked == [URI]


def test_a_token_without_a_status_passes_unless_one_is_required():
    issuer = Issuer()
    text = signer("ES256").sign(sub="alice")
    assert issuer.verifier().verify(text)
    with pytest.raises(jwt.ClaimMissing):
        issuer.verifier(require=("status",)).verify(text)
    assert issuer.asked == []


@pytest.mark.requirement("tokens:J-49:verified-first")
def test_the_token_is_verified_before_its_list_is_asked_for():
    """Section 8.3: an expired or forged token is refused, whatever its status."""
    issuer = Issuer({7: statuslist.INVALID})
    text = referring()
    header, payload, _ = text.split(".")
    expired = referring(exp=NOW + 1)
    issuer.clock.time += 1
    for bad in (f"{header}.{payload}.{'A' * 86}", expired, referring(aud="other")):
        with pytest.raises(jwt.TokenError) as caught:
            issuer.verifier().verify(bad)
        assert not isinstance(caught.value, jwt.TokenRevoked)
    assert issuer.asked == []


STATUS = {
    "no object": "x",
    "null": None,
    "empty": {},
    "another mechanism": {"other": {"idx": 1, "uri": URI}},
    "a list that is none": {"status_list": [1]},
    "no idx": {"status_list": {"uri": URI}},
    "no uri": {"status_list": {"idx": 7}},
    "an idx that is text": {"status_list": {"idx": "7", "uri": URI}},
    "an idx that is true": {"status_list": {"idx": True, "uri": URI}},
    "a negative idx": {"status_list": {"idx": -1, "uri": URI}},
    "an idx beyond the list": {"status_list": {"idx": 100, "uri": URI}},
    "a fraction": {"status_list": {"idx": 7.5, "uri": URI}},
    "an empty uri": {"status_list": {"idx": 7, "uri": ""}},
    "a uri that is no text": {"status_list": {"idx": 7, "uri": [URI]}},
}


@pytest.mark.requirement("statuslist-21:6.2:reference", "statuslist-21:8.3:index-out-of-range")
@pytest.mark.parametrize("status", STATUS.values(), ids=STATUS)
def test_a_reference_that_is_none_refuses_the_token(status):
    with pytest.raises(jwt.ClaimInvalid) as caught:
        Issuer().verifier().verify(signer("ES256").sign(sub="alice", status=status))
    assert caught.value.claim == "status"


@pytest.mark.requirement("tokens:J-49:allow-list", "statuslist-21:11:limits")
@pytest.mark.parametrize(
    "uri",
    [
        "https://id.example/statuslists/2/",
        "https://id.example/other/1",
        "https://id.example/statuslists/../admin",
        "https://id.example/statuslists/%2e%2e/admin",
        "https://id.example/statuslists/1?x=1",
        "https://id.example/statuslists/1#x",
        "https://id.example.evil.example/statuslists/1",
        "https://id.example@evil.example/statuslists/1",
        "https://evil.example/https://id.example/statuslists/1",
        "http://id.example/statuslists/1",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://ID.example/statuslists/1",
    ],
)
def test_only_lists_that_the_code_allows_are_fetched(uri):
    """Tokens.md J-49: whatever a token says."""
    issuer = Issuer()
    with pytest.raises(jwt.ClaimInvalid, match="not one to be asked"):
        issuer.verifier(allow=[URI, "https://id.example/s/"]).verify(referring(uri))
    assert issuer.asked == []


def test_a_folder_of_lists_may_be_allowed():
    issuer = Issuer({7: 1})
    policy = issuer.verifier(allow=["https://id.example/statuslists/"])
    for uri in (URI, URI + "/a"):
        with pytest.raises(jwt.TokenRevoked):
            policy.verify(referring(uri))
    assert issuer.asked == [URI, URI + "/a"]


@pytest.mark.parametrize(
    "allow",
    [[], URI, ["x"], [URI, 1], ["https://id.example"], [URI + "?x"], ["https://ID.example/"]],
)
def test_what_may_be_fetched_is_written_down(allow):
    with pytest.raises(jwt.PolicyRefused, match="allow="):
        Issuer().denylist(allow)


@pytest.mark.requirement("statuslist-21:13.7:ttl")
@pytest.mark.parametrize(("ttl", "kept"), [(300, 300), (1, 60), (31 * 86_400, 86_400)])
def test_a_list_is_kept_as_long_as_it_says_within_bounds(ttl, kept):
    issuer = Issuer(ttl=ttl)
    denylist = statuslist.Denylist(
        list_verifier(issuer.clock, allow_no_exp=True),
        fetch=issuer.fetch,
        allow=[URI],
        clock=issuer.clock,
    )
    policy = verifier("ES256", denylist=denylist, clock=issuer.clock)
    assert policy.verify(referring())
    issuer.statuses = {7: 1}
    ends = NOW + kept
    for issuer.clock.time in (NOW + 1, min(ends, NOW + 3_600) - 1):
        assert policy.verify(referring(exp=NOW + 10**6))
    assert len(issuer.asked) == 1
    if kept <= 3_600:
        issuer.clock.time = ends
        with pytest.raises(jwt.TokenRevoked):
            policy.verify(referring(exp=NOW + 10**6))


def test_a_list_without_a_ttl_is_kept_for_ten_minutes():
    asked = []

    def fetch(uri):
        asked.append(uri)
        return forged(ttl=...)

    clock = FixedClock()
    denylist = statuslist.Denylist(list_verifier(clock), fetch=fetch, allow=[URI], clock=clock)
    policy = verifier("ES256", denylist=denylist, clock=clock)
    for clock.time, count in ((NOW, 1), (NOW + 599, 1), (NOW + 600, 2)):
        assert policy.verify(referring(idx=1))
        assert len(asked) == count


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_a_list_that_cannot_be_had_is_not_the_tokens_fault():
    issuer = Issuer()
    issuer.is_down = True
    policy = issuer.verifier()
    for _ in range(3):
        with pytest.raises(jwt.StatusUnavailable) as caught:
            policy.verify(referring())
    assert isinstance(caught.value, jwt.KeysUnavailable)
    assert (caught.value.retry_after, "down" in caught.value.detail) == (1, True)
    assert len(issuer.asked) == 1
    issuer.is_down = False
    issuer.clock.time += 1
    assert policy.verify(referring())


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_a_list_at_hand_serves_until_it_ends():
    issuer = Issuer({7: 1})
    policy = issuer.verifier()
    with pytest.raises(jwt.TokenRevoked):
        policy.verify(referring())
    issuer.is_down = True
    issuer.clock.time = NOW + 3_599
    with pytest.raises(jwt.TokenRevoked):
        policy.verify(referring(exp=NOW + 10**6))
    issuer.clock.time = NOW + 3_600
    with pytest.raises(jwt.StatusUnavailable):
        policy.verify(referring(exp=NOW + 10**6))


@pytest.mark.requirement("tokens:J-49:one-fetch-in-flight")
def test_forty_threads_without_a_list_cause_one_fetch():
    issuer = Issuer()
    policy = issuer.verifier()
    issuer.gate.clear()
    with ThreadPoolExecutor(40) as pool:
        found = [pool.submit(policy.verify, referring(idx=6)) for _ in range(40)]
        issuer.arrived.wait(60)
        issuer.gate.set()
        assert {each.result(60).claims.sub for each in found} == {"alice"}
    assert issuer.asked == [URI]


@pytest.mark.requirement("tokens:J-49:one-fetch-in-flight")
def test_the_list_at_hand_answers_while_one_thread_fetches():
    """Who notices that a list runs out waits for the next one, since it may be hours old."""
    issuer = Issuer({7: 1})
    policy = issuer.verifier()
    assert policy.verify(referring(idx=6))
    issuer.statuses = {6: 1, 7: 1}
    issuer.clock.time += 300
    issuer.gate.clear()
    issuer.arrived.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(policy.verify, referring(idx=6))
        issuer.arrived.wait(60)
        for _ in range(3):
            assert policy.verify(referring(idx=6))
            with pytest.raises(jwt.TokenRevoked):
                policy.verify(referring(idx=7))
        issuer.gate.set()
        with pytest.raises(jwt.TokenRevoked):
            first.result(60)
    assert issuer.asked == [URI, URI]


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_the_wait_for_another_threads_fetch_has_an_end(monkeypatch):
    monkeypatch.setattr("watchword.net.waiting.WAIT_SECONDS_MAX", 0)
    issuer = Issuer()
    policy = issuer.verifier()
    issuer.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(policy.verify, referring())
        issuer.arrived.wait(60)
        with pytest.raises(jwt.StatusUnavailable, match="in time"):
            policy.verify(referring())
        issuer.gate.set()
        assert first.result(60)


def test_a_fetch_that_breaks_off_frees_its_waiters():
    """The application's own mistake leaves as it is; the others see a list that is missing."""
    issuer = Issuer()
    issuer.options = {"size": "none"}  # the fetch stumbles over it
    policy = issuer.verifier()
    issuer.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(policy.verify, referring())
        issuer.arrived.wait(60)
        second = pool.submit(policy.verify, referring())
        issuer.gate.set()
        with pytest.raises(TypeError):
            first.result(60)
        with pytest.raises(jwt.StatusUnavailable) as caught:
            second.result(60)
    assert caught.value.detail == "the fetch broke off"


@pytest.mark.requirement("tokens:J-49:unavailable")
def test_a_list_that_never_ends_serves_for_a_day_past_its_ttl():
    issuer = Issuer({7: 1})
    lists = list_verifier(issuer.clock, allow_no_exp=True)
    endless = forged(exp=...)
    texts = iter([endless])

    def fetch(_uri):
        text = next(texts, None)
        if text is None:
            raise jwt.StatusUnavailable("down")
        return text

    denylist = statuslist.Denylist(lists, fetch=fetch, allow=[URI], clock=issuer.clock)
    policy = verifier("ES256", denylist=denylist, clock=issuer.clock)
    for issuer.clock.time in (NOW, NOW + 300, NOW + 300 + 86_399):
        assert policy.verify(referring(idx=1, exp=NOW + 10**6))
    issuer.clock.time = NOW + 300 + 86_400
    with pytest.raises(jwt.StatusUnavailable):
        policy.verify(referring(idx=1, exp=NOW + 10**6))


def test_a_list_that_is_refused_is_as_good_as_missing():
    """Its keys are not known, or it is another's: 503, and never a good token."""
    for text in ("", published(uri=URI + "/2"), signer("ES256").sign(sub=URI)):
        denylist = statuslist.Denylist(
            list_verifier(), fetch=lambda _uri, text=text: text, allow=[URI], clock=FixedClock()
        )
        with pytest.raises(jwt.StatusUnavailable):
            verifier("ES256", denylist=denylist).verify(referring())


@pytest.mark.requirement("statuslist-21:11:limits")
def test_lists_are_kept_within_bounds():
    issuer = Issuer()
    denylist = issuer.denylist(["https://id.example/statuslists/"])
    policy = verifier("ES256", denylist=denylist)
    for number in range(40):
        assert policy.verify(referring(f"https://id.example/statuslists/{number}"))
    assert repr(denylist) == "Denylist(16 lists)"
    assert policy.verify(referring("https://id.example/statuslists/39"))
    assert len(issuer.asked) == 40


def test_claims_of_a_type_that_hides_the_status_are_the_callers_mistake():
    @dataclass
    class Few:
        sub: str

    with pytest.raises(jwt.PolicyRefused, match=r"jwt\.Claims"):
        Issuer().verifier(claims=Few).verify(referring())
