"""The matrix as people read it: yes, no, only, or yes but not.

access.md T4; users.md U40.
"""

import pytest
from tests.access.example import Note, Thing, notes
from tests.access.test_tenants import Box

from watchword.access import Policy
from watchword.server.administration.policy import policy as own
from watchword.server.pages.console.grid import Entry, Way, grids

pytestmark = pytest.mark.requirement("users:U40:roles-drawn")


def entries(policy):
    """Return what is in the cells, by role and action."""
    (grid,) = grids(policy.matrix())
    return {(line.role, entry.action): entry for line in grid.lines for entry in line.entries}


def test_always_never_and_only_in_some_relation():
    found = entries(notes().policy)
    assert found["admin", "delete"] == Entry("delete", "yes")
    assert found["user", "delete"] == Entry("delete", "some", (Way("owner", ""),))
    assert found["user", "read"].ways == (Way("owner", ""), Way("shared", ""))
    assert found["", "read"].ways == (Way("owner", ""),)
    policy = Policy(roles={"user": []})

    @policy.allow("read", on=Thing, role="user")
    def anybody(_me):
        """Anybody."""
        return True

    assert entries(policy)["", "read"] == Entry("read", "no")


def test_what_a_rule_forbids_of_what_is_allowed():
    assert entries(own)["admin", "update"] == Entry("update", "most", (Way("append_only", ""),))
    assert entries(own)["auditor", "update"] == Entry("update", "no")
    but_as_nobody = (Way("acts_as_users", ""), Way("append_only", ""))
    assert entries(own)["admin", "create"] == Entry("create", "most", but_as_nobody)
    as_users = (Way("acts_as_users", ""),)
    assert entries(own)["acts-as-users", "create"] == Entry("create", "some", as_users)


def test_a_condition_that_no_relation_changes_is_said_once():
    policy = Policy(context={"hour": int})

    @policy.allow("read", on=Note)
    def early(_me, _note, ctx):
        """Early."""
        return ctx.hour < 9

    @policy.allow("update", on=Note)
    def owner(me, note, ctx):
        """Yours, early."""
        return (note.owner == me.id) & (ctx.hour < 9)

    found = entries(policy)
    assert found["", "read"].ways == (Way("", "context.hour < 9"),)
    assert found["", "update"].ways == (Way("owner", "context.hour < 9"),)


def test_that_another_tenant_is_out_of_reach_goes_without_saying():
    policy = Policy(tenant="tenant_id")

    @policy.allow("read", on=Box)
    def everybody(_me):
        """Everybody."""
        return True

    assert entries(policy)["", "read"] == Entry("read", "yes")
