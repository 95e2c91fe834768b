import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP

from watchword import jwt
from watchword.base import base64url
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.prove import SHAPES_MAX, Prover

EXPECT = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP)


def payload(members):
    text = members if isinstance(members, str) else forge.dump(members)
    return base64url.encode_bytes(text.encode())


def learned(members, expect=EXPECT, kind=Claims):
    """Return a prover that has seen tokens of this order often enough."""
    prover = Prover(expect, kind)
    for _ in range(3):
        prover.prove(payload(members), NOW)
    return prover


def proves_at_once(prover, members, monkeypatch):
    """Return whether a payload needs no reader but a shape's."""

    class WentOn(Exception):
        pass

    def members_of(_payload_b64u):
        raise WentOn

    with monkeypatch.context() as patch:
        patch.setattr("watchword.jose.jwt.prove.members_of", members_of)
        try:
            return prover.prove(payload(members), NOW) is not None
        except WentOn:
            return False


def test_an_order_is_learned_when_it_comes_again(monkeypatch):
    prover = Prover(EXPECT, Claims)
    for is_known in (False, False, True):
        assert proves_at_once(prover, forge.claims(), monkeypatch) == is_known
        claims, expires_in = prover.prove(payload(forge.claims()), NOW)
        assert dict(claims) == forge.claims()
        assert expires_in == 900


def test_an_order_that_comes_again_later_is_not_learned(monkeypatch):
    """Whoever writes members in any order would have a shape built for each."""
    prover = Prover(EXPECT, Claims)
    for _ in range(3):
        for members in (forge.claims(), forge.claims(x=1)):
            prover.prove(payload(members), NOW)
    assert not proves_at_once(prover, forge.claims(), monkeypatch)


def test_orders_that_are_learned_are_all_tried(monkeypatch):
    several = [forge.claims(), dict(reversed(forge.claims().items())), forge.claims(x=1)]
    several.append(forge.claims(aud=[AUDIENCE]))
    prover = Prover(EXPECT, Claims)
    for members in several:
        for _ in range(2):
            prover.prove(payload(members), NOW)
    for members in several:
        assert proves_at_once(prover, members, monkeypatch)
        assert dict(prover.prove(payload(members), NOW)[0]) == members


def test_the_number_of_learned_orders_is_bounded(monkeypatch):
    prover = Prover(EXPECT, Claims)
    several = [forge.claims(**{f"claim{number}": 1}) for number in range(SHAPES_MAX + 3)]
    for members in several:
        for _ in range(3):
            assert prover.prove(payload(members), NOW)[0] == members
    assert [proves_at_once(prover, members, monkeypatch) for members in several] == (
        [True] * SHAPES_MAX + [False] * 3
    )


def test_two_threads_that_pass_the_bound_together_lift_it_for_nobody():
    prover = Prover(EXPECT, Claims)
    prover._orders.update((number,) for number in range(SHAPES_MAX + 1))
    for _ in range(3):
        prover.prove(payload(forge.claims()), NOW)
    assert prover.prove == prover._prove_unlearned


def test_an_order_is_tried_once(monkeypatch):
    """A shape that cannot be had is not built anew for each token."""
    built = []
    monkeypatch.setattr(
        "watchword.jose.jwt.prove.reader_of", lambda members, _: built.append(members)
    )
    prover = Prover(EXPECT, Claims)
    for _ in range(4):
        prover.prove(payload(forge.claims()), NOW)
    assert built == [forge.claims()]


@pytest.mark.parametrize(
    "members", [forge.claims(exp=NOW + 9.5), forge.claims(x={"a": {"b": {"c": {"d": 1}}}})]
)
def test_a_shape_that_does_not_read_its_own_token_is_not_kept(members):
    prover = learned(members)
    assert prover.prove == prover._prove_unlearned
    assert prover.prove(payload(members), NOW)[0] == members


def test_what_is_refused_teaches_nothing():
    prover = Prover(EXPECT, Claims)
    for _ in range(3):
        with pytest.raises(jwt.Expired):
            prover.prove(payload(forge.claims(exp=NOW)), NOW)
    assert prover.prove == prover._prove_unlearned


def test_an_integer_subject_and_an_end_that_is_not_there_are_concluded_where_asked_for():
    expect = jwt.Expected(
        issuer=ISSUER, audience=AUDIENCE, typ=TYP, allow_int_sub=True, allow_no_exp=True
    )
    members = forge.claims(sub=7, exp=...)
    claims, expires_in = Prover(expect, Claims).conclude(members, NOW)
    assert dict(claims) == members | {"sub": "7"}
    assert expires_in is None
    assert Prover(expect, Claims).conclude(forge.claims(exp=NOW + 9.5), NOW)[1] == 9


@pytest.mark.parametrize("changes", [{"sub": 7}, {"exp": ...}])
def test_what_a_switch_allows_is_proved_time_after_time(changes):
    expect = jwt.Expected(
        issuer=ISSUER, audience=AUDIENCE, typ=TYP, allow_int_sub=True, allow_no_exp=True
    )
    members = forge.claims(**changes)
    claims, expires_in = learned(members, expect).prove(payload(members), NOW)
    assert claims.sub == str(members["sub"])
    assert expires_in == (900 if "exp" in members else None)


def test_padding_is_taken_where_it_is_allowed_whatever_is_learned():
    expect = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP, allow_padding=True)
    members = forge.claims()
    while len(payload(members)) % 4 == 0:
        members["jti"] += "x"
    padded = forge.pad(payload(members).decode()).encode()
    for prover in (Prover(expect, Claims), learned(members, expect)):
        assert prover.prove(padded, NOW)[0] == members
    with pytest.raises(jwt.MalformedToken):
        learned(members).prove(padded, NOW)


@pytest.mark.parametrize("is_learned", [False, True])
def test_a_token_that_has_only_expired_says_whose_it_was_and_in_no_text(is_learned):
    prover = learned(forge.claims()) if is_learned else Prover(EXPECT, Claims)
    with pytest.raises(jwt.Expired) as refused:
        prover.prove(payload(forge.claims(exp=NOW)), NOW)
    assert refused.value.proved == forge.claims(exp=NOW)
    assert "alice" not in f"{refused.value} {refused.value!r} {refused.value.public}"
