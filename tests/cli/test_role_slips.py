"""Which role is a slip of which. Source: decisions/0124."""

import pytest

from watchword.cli.role_slips import alike


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("auditr", "auditor"),
        ("aduitor", "auditor"),
        ("auditoor", "auditor"),
        ("audiror", "auditor"),
        ("usr", "user"),
        ("devs", "dev"),
        ("acts-as-user", "acts-as-users"),
        ("atcs-as-usesr", "acts-as-users"),
        ("modrator", "moderator"),
        ("moderatro", "moderator"),
        ("mdoerattor", "moderator"),
    ],
)
def test_one_slip_or_two_in_a_longer_name_are_seen(slip, meant):
    assert alike(slip, {meant, "staff", "editor"}) == meant
    assert alike(meant, {slip, "staff"}) == slip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("editor", "auditor"),
        ("operator", "moderator"),
        ("user", "owner"),
        ("user", "poser"),
        ("qa", "pa"),
        ("dev", "ops"),
        ("admin", "adnmi"),  # two slips in a short name
        ("reviewer", "review"),
        ("reader", ""),
    ],
)
def test_two_words_are_no_slips_of_each_other(one, other):
    assert alike(one, {other}) is None
    assert alike(other, {one}) is None


def test_of_several_that_are_near_the_nearest_is_meant():
    assert alike("moderatr", {"modderatar", "moderator"}) == "moderator"
    assert alike("publishr", {"publish-x", "publisher"}) == "publisher"
    assert alike("editr", []) is None
