"""What the function `verify` keeps with a key, and what it does not.

Source: tokens.md section 7; decision 0146.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP, public

from watchword import jwt
from watchword.jose.jwt.verifier import POLICIES_KEPT_MAX, _Standing, _standing

GOOD = {"issuer": ISSUER, "audience": AUDIENCE, "typ": TYP}
SECRET = b"\x9c" * 32


def test_the_pure_function_keeps_a_verifier_with_the_key_from_the_second_time():
    """A key or a policy that is made for one token keeps nothing alive that was built for it."""
    for keys in (jwt.Secret(SECRET, alg="HS256"), jwt.KeySet([public("HS256")]), public("ES256")):
        assert keys.prepared == {}
        first = _standing(keys, jwt.Expected(**GOOD))
        assert [*keys.prepared.values()] == [None]
        second, third = (_standing(keys, jwt.Expected(**GOOD)) for _ in range(2))
        assert first is not second
        assert second is third
        assert [*keys.prepared.values()] == [second]


def test_every_part_of_what_is_expected_tells_policies_apart():
    policies = [
        *(GOOD | {"issuer": "x"}, GOOD | {"issuer": None}, GOOD | {"issuer": jwt.ANY}),
        *(GOOD | {"audience": each} for each in ("x", ("x",), ("x", "y"), None, jwt.ANY)),
        *(GOOD | {"typ": each} for each in ("x", jwt.PLAIN, jwt.ANY)),
        *(GOOD | {"leeway": 1}, GOOD | {"max_age": 0}, GOOD | {"max_age": 1}),
        *(GOOD | {"require": ("sub",)}, GOOD | {"require": ("jti",)}, GOOD),
        *(GOOD | {f"allow_{name}": True} for name in ("padding", "int_sub", "no_exp")),
        *(GOOD | {name: Text(GOOD[name])} for name in GOOD),
    ]
    marks = [jwt.Expected(**policy).remembered_by for policy in policies]
    assert marks == [jwt.Expected(**policy).remembered_by for policy in policies]
    assert len(set(marks)) == len(policies)


class Text(str):
    """Text of another type, which an error would show."""

    __slots__ = ()


@pytest.mark.parametrize("changes", [{"crit": {"x": print}}, {"audience": [AUDIENCE]}])
def test_nothing_is_kept_of_what_cannot_be_compared(changes):
    expect, keys = jwt.Expected(**(GOOD | changes)), jwt.KeySet([public("HS256")])
    for _ in range(3):
        assert jwt.verify(forge.token(), keys, expect=expect, now=NOW)
    assert keys.prepared == {}


@pytest.mark.requirement("tokens:7:kept")
def test_few_policies_are_kept_with_a_key():
    keys = jwt.Secret(SECRET, alg="HS256")
    policies = [jwt.Expected(**GOOD, leeway=each) for each in range(POLICIES_KEPT_MAX + 1)]
    for number, expect in enumerate(policies[:-1]):
        assert len(keys.prepared) == number
        _standing(keys, expect)
    for expect in policies[:-1]:
        _standing(keys, expect)
    assert {type(kept) for kept in keys.prepared.values()} == {_Standing}
    assert len(keys.prepared) == POLICIES_KEPT_MAX
    _standing(keys, policies[-1])
    assert keys.prepared == {policies[-1].remembered_by: None}


def test_nothing_is_kept_for_keys_that_choose_as_they_like():
    """A subclass of a set, or a source, is asked at each call."""

    class Fickle(jwt.KeySet):
        def find(self, alg, _kid):
            assert alg == "HS256"
            return next(answers)

    answers = iter((public("HS256"), public("HS256"), jwt.Secret(SECRET, alg="HS256")))
    keys, expect = Fickle([public("HS256")]), jwt.Expected(**GOOD)
    for _ in range(2):
        assert jwt.verify(forge.token(), keys, expect=expect, now=NOW)
    with pytest.raises(jwt.SignatureInvalid):
        jwt.verify(forge.token(), keys, expect=expect, now=NOW)
    assert keys.prepared == {}


def test_threads_that_share_a_key_share_what_is_kept():
    text, expect, keys = forge.token(), jwt.Expected(**GOOD), jwt.KeySet([public("HS256")])
    barrier = threading.Barrier(8)

    def run(_):
        barrier.wait()
        return [jwt.verify(text, keys, expect=expect, now=NOW).claims.sub for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        assert {sub for each in pool.map(run, range(8)) for sub in each} == {"alice"}
    assert type(keys.prepared[expect.remembered_by]) is _Standing
