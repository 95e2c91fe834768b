import pytest
from tests.jose import forge
from tests.jose.keys import AUDIENCE, ISSUER, NOW, TYP

from watchword import jwt
from watchword.base import base64url
from watchword.base.limits import DATE_MAX, HEADER_MEMBERS_MAX
from watchword.jose.jwt import prove
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


def test_an_order_is_learned_when_it_comes_again():
    prover = Prover(EXPECT, Claims)
    for times_seen, shapes in ((1, 0), (2, 1), (3, 1)):
        claims, expires_in = prover.prove(payload(forge.claims()), NOW)
        assert len(prover._shapes) == shapes, times_seen
        assert dict(claims) == forge.claims()
        assert expires_in == 900


def test_a_learned_order_reads_what_the_ordinary_way_reads():
    members = forge.claims(
        scope="a b", client_id="web", roles=["x"], **{"https://x.example/c": {"d": [1]}}
    )
    claims, _ = learned(members).prove(payload(members), NOW)
    assert claims == members
    assert list(claims) == list(members)
    assert claims.sub == "alice"
    assert claims.aud == (AUDIENCE,)
    assert claims.exp == NOW + 900
    assert claims.extra == {"roles": ["x"], "https://x.example/c": {"d": [1]}}
    assert claims.nbf is None
    assert claims.scope == "a b"
    assert len(claims) == len(members)
    assert "nothing" not in claims
    assert "alice" not in repr(claims)
    with pytest.raises(AttributeError):
        claims.sub = "bob"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"exp": NOW}, jwt.Expired),
        ({"exp": 0}, jwt.Expired),
        ({"exp": 10**13}, jwt.ClaimInvalid),
        ({"exp": "soon"}, jwt.ClaimInvalid),
        ({"exp": True}, jwt.ClaimInvalid),
        ({"iat": NOW + 11}, jwt.IssuedInFuture),
        ({"iat": 0}, jwt.ClaimInvalid),
        ({"iss": ISSUER + "/"}, jwt.WrongIssuer),
        ({"iss": None}, jwt.ClaimInvalid),
        ({"aud": "other"}, jwt.WrongAudience),
        ({"aud": []}, jwt.ClaimInvalid),
        ({"sub": 7}, jwt.ClaimInvalid),
        ({"jti": None}, jwt.ClaimInvalid),
        ({"nbf": NOW + 11}, jwt.NotYetValid),
    ],
)
def test_a_learned_order_refuses_what_the_rules_refuse(change, error):
    prover = learned(forge.claims())
    with pytest.raises(error):
        prover.prove(payload(forge.claims(**change)), NOW)


@pytest.mark.parametrize(
    "text",
    [
        '{"sub":"bob","sub":"alice"}',
        '{"sub":"alice","SUB":"bob","sub":"alice"}',
    ],
)
def test_a_learned_order_lets_no_duplicate_pass(text):
    good = forge.dump(forge.claims())
    doubled = good[:-1] + "," + text[1:]
    with pytest.raises(jwt.MalformedToken):
        learned(forge.claims()).prove(payload(doubled), NOW)


def test_a_list_of_audiences_and_white_space_go_the_ordinary_way():
    prover = learned(forge.claims())
    claims, _ = prover.prove(payload(forge.claims(aud=[AUDIENCE, "x"])), NOW)
    assert claims.aud == (AUDIENCE, "x")
    text = forge.dump(forge.claims()).replace(",", " , ")
    assert prover.prove(payload(text), NOW)[0].sub == "alice"
    assert prover.prove(payload(forge.claims(exp=NOW + 1.5)), NOW)[1] == 1


def test_two_orders_are_both_learned_and_both_tried():
    one, two = forge.claims(), dict(reversed(forge.claims().items()))
    prover = learned(one)
    for members in (two, two, one, two):
        assert prover.prove(payload(members), NOW)[0] == members
    assert len(prover._shapes) == 2


def test_the_number_of_learned_orders_is_bounded():
    prover = Prover(EXPECT, Claims)
    for number in range(SHAPES_MAX + 3):
        for _ in range(2):
            prover.prove(payload(forge.claims(**{f"claim{number}": 1})), NOW)
    assert len(prover._shapes) == SHAPES_MAX


@pytest.mark.parametrize(
    "members",
    [
        forge.claims(nbf=NOW),
        forge.claims(iat=...),
        forge.claims(**{"with blank": 1}),
        forge.claims(**{'quote"': 1}),
        forge.claims(é=1),
        forge.claims(**{f"m{number}": 1 for number in range(64)}),
    ],
    ids=["nbf", "no iat", "blank", "quote", "accent", "many"],
)
def test_unusual_orders_are_read_the_ordinary_way_for_ever(members):
    prover = learned(members)
    assert not prover._shapes
    assert prover.prove(payload(members), NOW)[0] == members


def test_policies_that_ask_for_more_learn_nothing():
    assert not learned(
        forge.claims(), jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP, max_age=9)
    )._shapes
    assert not learned(forge.claims(), kind=dict)._shapes


def test_a_learned_order_takes_an_iat_that_is_a_little_ahead(monkeypatch):
    """ARCHITECTURE section 6: ten seconds; the ordinary way is not asked."""
    prover = learned(forge.claims())
    monkeypatch.setattr("watchword.jose.jwt.prove.members_of", None)
    assert prover.prove(payload(forge.claims(iat=NOW + 10)), NOW)[0].iat == NOW + 10


def test_learned_claims_that_need_leeway_go_the_ordinary_way():
    expect = jwt.Expected(issuer=ISSUER, audience=AUDIENCE, typ=TYP, leeway=10)
    claims, expires_in = learned(forge.claims(), expect).prove(
        payload(forge.claims(exp=NOW - 5, iat=NOW + 5)), NOW
    )
    assert expires_in == -5
    assert claims.sub == "alice"


@pytest.mark.parametrize(
    "members",
    [
        forge.claims(),
        forge.claims(x="text", y=[1, {"z": None}], scope="a", client_id="web"),
        forge.claims(sub=..., jti=...),
        forge.claims(exp=DATE_MAX),
        forge.claims(exp=NOW + 1, iat=1),
        forge.claims(iat=NOW + 10),
        forge.claims(**{f"claim {number}": number for number in range(3)}) | {"iat": NOW},
        forge.claims(**{f"c{number}": number for number in range(HEADER_MEMBERS_MAX - 6)}),
    ],
)
def test_a_learned_order_needs_no_second_reading(members, monkeypatch):
    """Tokens.md section 7 (learned shapes): the ordinary way is not taken again."""
    prover, usual = learned(members), " " not in "".join(members)
    assert len(prover._shapes) == usual
    if usual:
        monkeypatch.setattr(prove, "members_of", None)
    claims, expires_in = prover.prove(payload(members), NOW)
    assert dict(claims) == members
    assert (claims.iss, claims.exp, claims.iat) == (ISSUER, members["exp"], members["iat"])
    assert expires_in == members["exp"] - NOW
    if usual:
        config = claims.__struct_config__
        assert (type(claims).__name__, config.frozen, config.eq, config.gc) == (
            *("Shape", True, False, False),
        )


def test_an_order_that_was_learned_before_is_taken_again_at_once():
    one, other = forge.claims(), forge.claims(x=1)
    prover = learned(one)
    for members in (other, other, one):
        prover.prove(payload(members), NOW)
    assert prover._decode is prover._shapes[tuple(one)]
    assert prover._decode is not prover._shapes[tuple(other)]


def test_an_integer_subject_and_an_end_that_is_not_there_are_concluded_where_asked_for():
    expect = jwt.Expected(
        issuer=ISSUER, audience=AUDIENCE, typ=TYP, allow_int_sub=True, allow_no_exp=True
    )
    members = forge.claims(sub=7, exp=...)
    claims, expires_in = Prover(expect, Claims).conclude(members, NOW)
    assert dict(claims) == members | {"sub": "7"}
    assert expires_in is None
    assert Prover(expect, Claims).conclude(forge.claims(exp=NOW + 9.5), NOW)[1] == 9
