"""The verified-token cache, with every property of tokens.md section 7.

`WATCHWORD_CACHE_RUNS` sets how often cached and uncached are compared; the nightly set compares
10^6 times.
"""

import os
import random
import threading
from dataclasses import dataclass, field
from typing import Any, TypedDict

import msgspec
import pydantic
import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, FixedClock, public, verifier

from watchword import jwt
from watchword.jose.jws import compact
from watchword.jose.jwt.cache import ENTRIES_MAX, Memory

RUNS = int(os.environ.get("WATCHWORD_CACHE_RUNS", "10000"))
CANARY = "canary-7f3a"


class Plain(msgspec.Struct):
    sub: str


class Frozen(msgspec.Struct, frozen=True):
    sub: str
    roles: tuple[str, ...] = ()


class FrozenScalars(msgspec.Struct, frozen=True):
    sub: str
    exp: int


class Nothing(msgspec.Struct, frozen=True):
    pass


@dataclass(frozen=True, slots=True)
class FrozenRecord:
    sub: str


@dataclass(frozen=True, slots=True)
class RecordOfList:
    sub: str
    roles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    sub: str


class Typed(TypedDict):
    sub: str


class Model(pydantic.BaseModel):
    sub: str


@pytest.fixture
def spied(monkeypatch):
    """Count the full verifications: each splits its token."""
    calls = []
    split = compact.split

    def counted(*arguments):
        calls.append(arguments)
        return split(*arguments)

    monkeypatch.setattr(compact, "split", counted)
    return calls


@pytest.mark.parametrize("kind", [jwt.Claims, FrozenScalars, FrozenRecord, Nothing])
def test_a_hit_answers_without_verifying_again(spied, kind):
    policy = verifier(cache=9, claims=kind)
    text = forge.token()
    first = policy.verify(text)
    for again in (text, "".join(list(text))):
        found = policy.verify(again)
        assert found.claims is first.claims
        assert (found.header, found.key, found.expires_in) == (first.header, first.key, 900)
    assert len(spied) == 1


def test_without_the_argument_nothing_is_remembered(spied):
    policy = verifier()
    for _ in range(3):
        policy.verify(forge.token())
    assert len(spied) == 3
    assert policy._memory is None


def test_the_key_is_the_exact_text():
    """fast-jwt CVE-2026-35039: a key built from parts of the token mixes two of them up."""
    policy = verifier(cache=9)
    text = forge.token()
    policy.verify(text)
    assert list(policy._memory._entries) == [text]
    for position in range(len(text)):
        flipped = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        with pytest.raises(jwt.TokenError):
            policy.verify(flipped)
    for wrong in (text[:-1], text + " ", " " + text, text + "=", text.swapcase()):
        with pytest.raises(jwt.TokenError):
            policy.verify(wrong)


def test_only_text_is_remembered():
    """Bytes with the hash of a text, and text with a comparison of its own, hit nothing."""

    class Equal(str):
        __slots__ = ()

        def __eq__(self, _other):
            return True

        def __hash__(self):
            return hash(forge.token())

    policy = verifier(cache=9)
    policy.verify(forge.token())
    with pytest.raises(jwt.TokenError):
        policy.verify(Equal("x.y.z"))
    policy.verify(forge.token().encode())
    assert len(policy._memory) == 1
    for wrong in (None, [], {}, 7, object()):
        with pytest.raises(jwt.MalformedToken):
            policy.verify(wrong)


def test_failures_are_not_remembered(spied):
    policy = verifier(cache=9)
    for bad in (forge.token(payload=forge.claims(exp=NOW)), forge.token()[:-4] + "AAAA", "x"):
        for _ in range(2):
            with pytest.raises(jwt.TokenError):
                policy.verify(bad)
    assert len(spied) == 6
    assert len(policy._memory) == 0


@pytest.mark.requirement("tokens:7:cache")
@pytest.mark.parametrize(
    ("claims", "options", "good", "bad", "error"),
    [
        ({}, {}, NOW + 899, NOW + 900, jwt.Expired),
        ({"exp": NOW + 10.5}, {}, NOW + 10, NOW + 11, jwt.Expired),
        ({}, {"leeway": 60}, NOW + 959, NOW + 960, jwt.Expired),
        ({"nbf": NOW, "iat": ...}, {}, NOW - 10, NOW - 11, jwt.NotYetValid),
        ({"iat": NOW}, {}, NOW - 10, NOW - 11, jwt.IssuedInFuture),
        ({"iat": NOW - 0.5}, {}, NOW - 10, NOW - 11, jwt.IssuedInFuture),
        ({}, {"leeway": 60}, NOW - 60, NOW - 61, jwt.IssuedInFuture),
        ({}, {"max_age": 60}, NOW + 60, NOW + 61, jwt.TooOld),
        ({}, {"max_age": 60, "leeway": 5}, NOW + 65, NOW + 66, jwt.TooOld),
        ({"iat": NOW - 0.5}, {"max_age": 60}, NOW + 59, NOW + 60, jwt.TooOld),
    ],
)
@pytest.mark.parametrize("extra", [{}, {"roles": ["a"]}], ids=["shared", "read again"])
def test_times_are_compared_again_on_every_hit(claims, options, good, bad, error, extra):
    clock = FixedClock()
    policy = verifier(cache=9, clock=clock, **options)
    text = forge.token(payload=forge.claims(**claims, **extra))
    policy.verify(text)
    for _ in range(2):
        clock.time = good
        assert policy.verify(text).expires_in == int(claims.get("exp", NOW + 900)) - good
        clock.time = bad
        with pytest.raises(error):
            policy.verify(text)


@pytest.mark.requirement("tokens:7:cache")
def test_the_denylist_is_asked_on_every_hit():
    denied, asked = set(), []

    def is_denied(proved):
        asked.append(proved.claims.jti)
        return proved.claims.jti in denied

    policy = verifier(cache=9, denylist=is_denied)
    text = forge.token(payload=forge.claims(jti="a"))
    policy.verify(text)
    policy.verify(text)
    denied.add("a")
    for _ in range(2):
        with pytest.raises(jwt.TokenRevoked):
            policy.verify(text)
    denied.clear()
    assert policy.verify(text)
    assert asked == ["a"] * 5


def test_a_denied_token_is_not_remembered():
    policy = verifier(cache=9, denylist=lambda _: True)
    with pytest.raises(jwt.TokenRevoked):
        policy.verify(forge.token())
    assert len(policy._memory) == 0


class Rotating:
    algorithms = frozenset({"ES256"})

    def __init__(self, *keys):
        self.keys = jwt.KeySet(keys)

    def find(self, alg, kid):
        return self.keys.find(alg, kid)


def rotating(source, **options):
    good = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP, "clock": FixedClock()}
    return jwt.Verifier(source, **(good | options))


@pytest.mark.requirement("tokens:7:cache")
def test_a_changed_key_forgets_everything():
    source = Rotating(public("ES256"))
    policy = rotating(source, cache=9)
    texts = [forge.token(payload=forge.claims(jti=jti), alg="ES256") for jti in ("a", "b")]
    for text in texts:
        policy.verify(text)
    source.keys = jwt.KeySet([jwt.Key.generate("ES256", kid="kid-ES256").public()])
    with pytest.raises(jwt.SignatureInvalid):
        policy.verify(texts[0])
    assert len(policy._memory) == 0
    source.keys = jwt.KeySet([jwt.Key.generate("ES256").public()])
    with pytest.raises(jwt.UnknownKey):
        policy.verify(texts[0])


def test_a_withdrawn_key_and_an_unavailable_one_are_noticed_on_a_hit():
    source = Rotating(public("ES256"))
    policy = rotating(source, cache=9)
    text = forge.token(alg="ES256")
    policy.verify(text)
    source.keys = jwt.KeySet([jwt.Key.generate("ES256").public()])
    with pytest.raises(jwt.UnknownKey):
        policy.verify(text)

    def unavailable(_alg, _kid):
        raise jwt.KeysUnavailable("down")

    source.find = unavailable
    policy = rotating(source, cache=9)
    with pytest.raises(jwt.KeysUnavailable):
        policy.verify(text)


@pytest.mark.parametrize("kind", [Plain, Frozen, Record, RecordOfList, Model, Typed, dict])
def test_claims_that_could_be_changed_are_read_again_for_each_caller(spied, kind):
    policy = verifier(cache=9, claims=kind)
    text = forge.token(payload=forge.claims(roles=["user"]))
    first, second, third = (policy.verify(text).claims for _ in range(3))
    assert len(spied) == 1
    assert first == second == third
    assert first is not second
    assert second is not third


@pytest.mark.requirement("tokens:7:cache")
def test_nobody_changes_the_claims_of_the_next_caller():
    policy = verifier(cache=9)
    text = forge.token(payload=forge.claims(roles=["user"], org={"id": [1]}))
    for _ in range(4):
        claims = policy.verify(text).claims
        assert claims["roles"] == ["user"]
        assert claims["org"] == {"id": [1]}
        claims["roles"].append("admin")
        claims["org"]["id"] = "other"
    with pytest.raises(TypeError):
        claims["sub"] = "mallory"


def test_the_number_of_entries_is_bounded_and_the_oldest_goes_first():
    policy = verifier(cache=3)
    texts = [forge.token(payload=forge.claims(jti=str(number))) for number in range(5)]
    for text in texts:
        policy.verify(text)
        assert len(policy._memory) <= 3
    assert list(policy._memory._entries) == texts[2:]


def test_the_bound_holds_between_threads():
    policy = verifier(cache=1)
    texts = [forge.token(payload=forge.claims(jti=str(number))) for number in range(64)]
    barrier, faults = threading.Barrier(4), []

    def work():
        barrier.wait()
        try:
            for number, text in enumerate(texts * 5):
                assert policy.verify(text).claims.jti == str(number % 64)
        except Exception as fault:  # noqa: BLE001 - a thread hands its fault to the test
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(policy._memory) <= 1


def test_making_room_twice_is_no_fault():
    """Two threads that both saw one entry too many."""
    policy = verifier(cache=1)
    policy.verify(forge.token())

    class Emptied(type(policy._memory._entries)):
        def popitem(self, *, last):
            self.clear()
            return super().popitem(last=last)

    policy._memory._entries = Emptied(policy._memory._entries)
    assert policy.verify(forge.token(payload=forge.claims(jti="b")))


def test_a_critical_extension_is_never_remembered():
    seen = []
    policy = verifier(cache=9, crit={"ext": seen.append})
    for _ in range(3):
        policy.verify(forge.token(forge.header(crit=["ext"], ext=1)))
    assert seen == [1, 1, 1]
    assert len(policy._memory) == 0


def test_longer_tokens_than_a_header_carries_are_not_remembered():
    policy = verifier(cache=9)
    text = forge.token(payload=forge.claims(lst="x" * 20_000))
    assert policy.verify(text, bytes_max=2**20)
    assert len(policy._memory) == 0


def test_a_hit_obeys_the_limit_of_this_call():
    policy = verifier(cache=9)
    text = forge.token()
    policy.verify(text)
    with pytest.raises(jwt.TokenTooLarge):
        policy.verify(text, bytes_max=len(text) - 1)
    assert policy.verify(text, bytes_max=len(text))


def test_padded_and_endless_tokens_are_remembered_too(spied):
    payload = forge.pad(forge.encode(forge.dump(forge.claims(exp=..., sub=7)) + "  "))
    text = forge.sign_parts(forge.encode(forge.dump(forge.header())), payload)
    policy = verifier(cache=9, allow_padding=True, allow_no_exp=True, allow_int_sub=True)
    for _ in range(3):
        proved = policy.verify(text)
        assert proved.expires_in is None
        assert proved.claims.sub == "7"
    assert len(spied) == 1


@pytest.mark.requirement("tokens:J-31:canaries")
def test_no_repr_shows_an_entry():
    policy = verifier(cache=9)
    text = forge.token(payload=forge.claims(sub=CANARY, roles=[CANARY]))
    policy.verify(text)
    (entry,) = policy._memory._entries.values()
    assert repr(policy._memory) == "Memory(1 of 9)"
    assert repr(entry) == "_Entry(...)"
    for shown in (policy, policy._memory, entry):
        assert CANARY not in repr(shown)
        assert text not in repr(shown)


@pytest.mark.parametrize("size", [-1, True, False, "9", 1.5, None, ENTRIES_MAX + 1])
def test_the_size_is_a_number_of_tokens(size):
    with pytest.raises(jwt.PolicyRefused, match="cache="):
        verifier(cache=size)
    assert isinstance(verifier(cache=ENTRIES_MAX)._memory, Memory)


def outcome(policy: jwt.Verifier, text: str) -> tuple[object, ...]:
    try:
        proved = policy.verify(text)
    except (jwt.TokenError, jwt.KeysUnavailable) as error:
        return type(error), str(error)
    return dict(proved.claims), proved.header, proved.key, proved.expires_in


@pytest.mark.requirement("tokens:7:cache")
def test_cached_and_uncached_say_the_same():
    """Tokens.md section 7: random tokens, clock, denylist and keys, one answer."""
    chance = random.Random(7)
    clock = FixedClock()
    denied: set[str | None] = set()
    others = [jwt.Key.generate("ES256", kid=f"other-{number}").public() for number in range(2)]
    source = Rotating(public("ES256"), *others)
    options: dict[str, Any] = {
        "clock": clock,
        "denylist": lambda proved: proved.claims.jti in denied,
        "max_age": 120,
    }
    pairs = [
        ([rotating(source, **options, cache=size) for size in (0, 8)], "ES256"),
        ([verifier("HS256", **options, cache=size) for size in (0, 8)], "HS256"),
    ]
    met: set[type] = set()
    pool = {alg: [some_token(chance, alg) for _ in range(12)] for _, alg in pairs}
    for _ in range(RUNS):
        (plain, cached), alg = pairs[chance.random() < 0.9]
        text = chance.choice(pool[alg])
        found = outcome(plain, text)
        assert found == outcome(cached, text)
        met.add(found[0] if isinstance(found[0], type) else jwt.Verified)
        match chance.randrange(40):
            case 0 | 1 | 2 | 3:
                clock.time = NOW + chance.randrange(-30, 200)
            case 4:
                denied ^= {chance.choice("abc")}
            case 5:
                mutate(chance, pool[alg])
            case 6:
                own = [public("ES256")] if chance.random() < 0.8 else []
                source.keys = jwt.KeySet([*own, *others[: chance.randrange(1, 3)]])
            case 7:
                pool[alg][chance.randrange(12)] = some_token(chance, alg)
    assert met >= {
        *(jwt.Verified, jwt.Expired, jwt.TooOld, jwt.IssuedInFuture, jwt.TokenRevoked),
        *(jwt.SignatureInvalid, jwt.UnknownKey, jwt.MalformedToken, jwt.ClaimsInvalid),
    }


def some_token(chance: random.Random, alg: str) -> str:
    changes: dict[str, object] = {
        "jti": chance.choice("abc"),
        "exp": NOW + chance.choice([1, 60, 100.5, 180, -1]),
        "iat": NOW + chance.choice([0, 5, 10, 11, -30.5]),
    }
    if chance.random() < 0.3:
        changes["nbf"] = NOW + chance.randrange(-20, 40)
    if chance.random() < 0.3:
        changes["roles"] = ["a", {"b": chance.random()}]
    if chance.random() < 0.1:
        changes["aud"] = "other"
    return forge.token(payload=forge.claims(**changes), alg=alg)


def mutate(chance: random.Random, texts: list[str]) -> None:
    at = chance.randrange(len(texts))
    text = texts[at]
    position = chance.randrange(len(text))
    texts[at] = text[:position] + chance.choice("AB.=-") + text[position + 1 :]
