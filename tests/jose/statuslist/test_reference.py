"""The claim by which a token refers to its status. Source: section 6.2."""

from dataclasses import dataclass

import pytest
from tests.jose.keys import signer, verifier
from tests.jose.statuslist.lists import URI, referring

from watchword import jwt, statuslist


def reference(status):
    return statuslist.reference(verifier().verify(signer().sign(sub="alice", status=status)))


@pytest.mark.requirement("statuslist-21:6.2:reference")
@pytest.mark.parametrize("idx", [0, 3, 10**9])
def test_a_reference_is_read_and_written(idx):
    read = verifier("ES256").verify(referring(idx=idx))
    assert statuslist.reference(read) == statuslist.Reference(URI, idx)
    assert statuslist.reference(verifier().verify(signer().sign(sub="a"))) is None


@pytest.mark.requirement("statuslist-21:6.2:reference")
@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("x", "no status list"),
        (None, "no status list"),
        ({}, "no status list"),
        ({"status_list": [URI, 1]}, "no status list"),
        ({"status_list": {"idx": 1}}, "no proper uri"),
        ({"status_list": {"idx": 1, "uri": ""}}, "no proper uri"),
        ({"status_list": {"idx": 1, "uri": [URI]}}, "no proper uri"),
        ({"status_list": {"uri": URI}}, "a number from 0"),
        ({"status_list": {"idx": -1, "uri": URI}}, "a number from 0"),
        ({"status_list": {"idx": True, "uri": URI}}, "a number from 0"),
        ({"status_list": {"idx": 1.0, "uri": URI}}, "a number from 0"),
    ],
)
def test_a_reference_of_another_form_is_refused(status, says):
    with pytest.raises(jwt.ClaimInvalid, match=says) as caught:
        reference(status)
    assert caught.value.claim == "status"


def test_claims_that_do_not_show_a_status_are_the_callers_mistake():
    @dataclass
    class Few:
        sub: str

    proved = verifier(claims=Few).verify(signer().sign(sub="alice"))
    with pytest.raises(jwt.PolicyRefused, match=r"jwt\.Claims"):
        statuslist.reference(proved)
