"""The verified-token cache, with every property of tokens.md section 7."""

import threading
from dataclasses import dataclass, field
from typing import TypedDict

import msgspec
import pydantic
import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, FixedClock, public, verifier

from watchword import jwt
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.jws import compact
from watchword.jose.jwt.cache import ENTRIES_MAX, Memory

CANARY = "canary-7f3a"


class Plain(msgspec.Struct):
    sub: str


class Frozen(msgspec.Struct, frozen=True):
    sub: str
    roles: tuple[str, ...] = ()


class FrozenObjects(msgspec.Struct, frozen=True):
    sub: str
    roles: tuple[object, ...]


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


@dataclass(frozen=True)
class FrozenBase:
    sub: str


class OpenRecord(FrozenBase):
    """No dataclass itself, so that other attributes than `sub` can be set."""


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


def test_a_token_as_long_as_is_accepted_is_a_hit_and_a_longer_one_is_none(spied):
    policy = verifier(cache=9)
    text = forge.token()
    for _ in range(2):
        assert policy.verify(text, bytes_max=len(text))
    assert len(spied) == 1
    with pytest.raises(jwt.TokenTooLarge):
        policy.verify(text, bytes_max=len(text) - 1)


@pytest.mark.parametrize("kind", [jwt.Claims, Frozen, FrozenScalars, FrozenRecord, Nothing])
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


def test_a_source_that_still_has_the_key_gives_a_hit(spied):
    policy = rotating(Rotating(public("ES256")), cache=9)
    text = forge.token(alg="ES256")
    for _ in range(3):
        policy.verify(text)
    assert len(spied) == 1


def test_a_fixed_set_is_not_asked_on_a_hit(monkeypatch):
    """It cannot have changed, and asking is a third of what a hit costs."""
    asked = []
    find = jwt.KeySet.find

    def counted(keys, alg, kid):
        asked.append(kid)
        return find(keys, alg, kid)

    monkeypatch.setattr(jwt.KeySet, "find", counted)
    policy = verifier(cache=9)
    for _ in range(3):
        policy.verify(forge.token())
    assert len(asked) == 1


def test_a_hit_holds_from_the_first_second_to_the_last(spied):
    clock = FixedClock()
    policy = verifier(cache=9, clock=clock)
    policy.verify(forge.token())
    for now in (NOW - 10, NOW + 899):
        clock.time = now
        policy.verify(forge.token())
    assert len(spied) == 1


def test_the_longest_token_of_all_is_remembered():
    policy = verifier(cache=9)
    lengths = set()
    for fill in range(12_000, 12_300):
        for more in ("", "x", "xx"):
            text = forge.token(forge.header(x=more), forge.claims(x="y" * fill))
            if len(text) == TOKEN_BYTES_MAX:
                policy.verify(text)
                lengths.add(len(text))
        if lengths:
            break
    assert lengths == {TOKEN_BYTES_MAX}
    assert len(policy._memory) == 1


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


@pytest.mark.parametrize("kind", [Plain, Record, RecordOfList, OpenRecord, Model, Typed, dict])
def test_claims_that_could_be_changed_are_read_again_for_each_caller(spied, kind):
    policy = verifier(cache=9, claims=kind)
    text = forge.token(payload=forge.claims(roles=["user"]))
    proved = [policy.verify(text) for _ in range(3)]
    first, second, third = (each.claims for each in proved)
    assert len(spied) == 1
    assert {(each.header.kid, each.key.kid, each.expires_in) for each in proved} == {
        ("kid-HS256", "kid-HS256", 900)
    }
    assert first == second == third
    assert first is not second
    assert second is not third


@pytest.mark.parametrize(("roles", "is_shared"), [(["user"], True), ([{"name": "user"}], False)])
def test_a_tuple_is_shared_where_nothing_in_it_can_be_changed(roles, is_shared):
    policy = verifier(cache=9, claims=FrozenObjects)
    text = forge.token(payload=forge.claims(roles=roles))
    first, second = (policy.verify(text).claims for _ in range(2))
    assert first == second
    assert (first is second) is is_shared


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
