import asyncio
import hashlib
from dataclasses import dataclass

import pytest
from tests.jose import forge
from tests.jose.keys import NOW, FixedClock, public, signer
from tests.jose.statuslist.lists import TYP, URI, forged, list_verifier, published

from watchword import jwt, statuslist
from watchword.base.limits import TOKEN_BYTES_MAX


@pytest.mark.requirement("statuslist-21:8.3:validation", "tokens:J-49:status-list")
def test_statuses_are_read_by_index():
    """Section 8.3."""
    text = published({7: statuslist.INVALID, 8: statuslist.SUSPENDED})
    statuses = list_verifier().verify(text, uri=URI)
    assert [statuses[idx] for idx in (6, 7, 8, 9)] == [0, 1, 2, 0]
    assert (statuses.issued_at, statuses.expires_at, statuses.ttl) == (NOW, NOW + 3_600, 300)
    assert len(statuses) == 100
    assert repr(statuses) == "Statuses(100 statuses of 2 bits)"
    assert asyncio.run(list_verifier().averify(text, uri=URI)) == statuses
    with pytest.raises(AttributeError):
        statuses.bits = 1


@pytest.mark.requirement("statuslist-21:8.3:index-out-of-range")
@pytest.mark.parametrize("idx", [-1, 100, 10**30, True, "1", None])
def test_an_index_beyond_the_list_refuses_the_token(idx):
    """Section 8.3: nothing is known of such a token."""
    statuses = list_verifier().verify(published(), uri=URI)
    with pytest.raises(jwt.ClaimInvalid) as caught:
        statuses[idx]
    assert caught.value.claim == "status"


REFUSED = {
    "no sub": ({"sub": ...}, "sub", jwt.ClaimMissing),
    "another sub": ({"sub": URI + "/"}, "sub", jwt.ClaimInvalid),
    "no iat": ({"iat": ...}, "iat", jwt.ClaimMissing),
    "no list": ({"status_list": ...}, "status_list", jwt.ClaimMissing),
    "a list that is no object": ({"status_list": "x"}, "status_list", jwt.ClaimMissing),
    **{
        f"ttl {ttl!r}": ({"ttl": ttl}, "ttl", jwt.ClaimInvalid)
        for ttl in (0, -0.5, -1, "300", True, None, [300])
    },
    **{
        f"bits {bits!r}": (
            {"status_list": {"bits": bits, "lst": "eNrbuRgAAhcBXQ"}},
            "status_list",
            jwt.ClaimInvalid,
        )
        for bits in (0, 3, 16, -1, "1", True, None, 1.0)
    },
    **{
        f"lst {lst!r}": ({"status_list": {"bits": 1, "lst": lst}}, "status_list", jwt.ClaimInvalid)
        for lst in (1, None, "", "x", "eNrbuRgAAhcBXQ==", "eNrbuRgAAhcBX", "eNrbuRgAAhcBYQ", "uaM")
    },
}


@pytest.mark.requirement("statuslist-21:8.3:validation", "statuslist-21:5.1:token")
@pytest.mark.parametrize(("changes", "claim", "kind"), REFUSED.values(), ids=REFUSED)
def test_a_list_of_another_form_is_refused(changes, claim, kind):
    with pytest.raises(kind) as caught:
        list_verifier().verify(forged(**changes), uri=URI)
    assert caught.value.claim == claim


def test_the_list_of_another_uri_is_told_to_the_operator():
    with pytest.raises(jwt.ClaimInvalid) as caught:
        list_verifier().verify(forged(), uri=URI + "x")
    assert (caught.value.expected, caught.value.got) == (URI + "x", URI)


@pytest.mark.parametrize("ttl", [1, 0.5, 10**9])
def test_any_positive_number_of_seconds_is_a_ttl(ttl):
    assert list_verifier().verify(forged(ttl=ttl), uri=URI).ttl == int(ttl)


def test_a_list_may_be_longer_than_any_other_token():
    """A list stands for many tokens, and has a limit of its own."""
    statuses = hashlib.shake_128(b"no pattern").digest(20_000)
    text = published(dict(enumerate(statuses)), len(statuses), 8)
    assert len(text) > TOKEN_BYTES_MAX
    assert list_verifier().verify(text, uri=URI).data == statuses
    assert asyncio.run(list_verifier().averify(text, uri=URI)).data == statuses


def test_every_failed_claim_is_reported():
    with pytest.raises(jwt.ClaimsInvalid) as caught:
        list_verifier().verify(forged(sub=..., iat=..., ttl=0, status_list=...), uri=URI)
    assert [error.claim for error in caught.value.errors] == ["sub", "iat", "ttl", "status_list"]


@pytest.mark.requirement("statuslist-21:5.1:token")
def test_another_type_of_token_is_no_list():
    for typ in ("JWT", "at+jwt"):
        text = forged(members={"typ": typ})
        with pytest.raises(jwt.WrongType):
            list_verifier().verify(text, uri=URI)
        with pytest.raises(jwt.WrongType) as caught:
            list_verifier(typ=jwt.ANY).verify(text, uri=URI)
        assert (caught.value.claim, caught.value.got) == ("typ", typ)
    header = {name: value for name, value in forge.header("ES256").items() if name != "typ"}
    claims = dict(jwt.peek(forged()).claims)
    with pytest.raises(jwt.WrongType):
        list_verifier(typ=jwt.ANY).verify(forge.token(header, claims, alg="ES256"), uri=URI)


@pytest.mark.requirement("statuslist-21:8.3:validation")
def test_a_list_that_has_ended_is_refused():
    text = published()
    with pytest.raises(jwt.Expired):
        list_verifier(FixedClock(NOW + 3_600)).verify(text, uri=URI)
    assert list_verifier(FixedClock(NOW + 3_599)).verify(text, uri=URI)


def test_a_list_without_end_needs_the_switch_for_it():
    text = forged(exp=..., ttl=...)
    with pytest.raises(jwt.ClaimMissing):
        list_verifier().verify(text, uri=URI)
    statuses = list_verifier(allow_no_exp=True).verify(text, uri=URI)
    assert (statuses.expires_at, statuses.ttl) == (None, None)
    assert not statuses.is_expired(NOW + 10**9)


def test_unknown_members_are_ignored():
    text = forged(more=1, status_list={"bits": 1, "lst": "eNrbuRgAAhcBXQ", "aggregation_uri": "x"})
    assert list_verifier().verify(text, uri=URI)[0] == statuslist.INVALID


def test_a_list_signed_by_another_key_is_refused():
    with pytest.raises(jwt.TokenError):
        list_verifier().verify(signer("ES384", typ=TYP).sign(sub=URI), uri=URI)


def test_a_verifier_of_lists_has_a_verifier_of_tokens():
    with pytest.raises(jwt.PolicyRefused):
        statuslist.Verifier(public("ES256"))
    assert "statuslist+jwt" in repr(list_verifier())


def test_claims_of_a_type_that_hides_some_are_the_callers_mistake():
    @dataclass
    class Few:
        sub: str

    with pytest.raises(jwt.PolicyRefused, match=r"jwt\.Claims"):
        list_verifier(claims=Few).verify(published(), uri=URI)


def test_a_list_ends_with_its_token():
    statuses = list_verifier().verify(published(), uri=URI)
    ends = statuses.expires_at
    assert [statuses.is_expired(now) for now in (ends - 1, ends, ends + 1)] == [False, True, True]
