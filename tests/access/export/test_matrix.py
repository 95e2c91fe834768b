"""The matrix: role x action x relation, with the answer of every cell."""

from dataclasses import replace
from random import Random

import pytest
from tests.access.example import Note, notes
from tests.access.hostile import RULES, hostile

from watchword.access import Policy, PolicyError, cases
from watchword.access.compile import compiled
from watchword.access.export import matrix
from watchword.access.export.cedar import columns
from watchword.access.export.matrix import Cell, Flip
from watchword.access.export.sentence import sentence
from watchword.access.tree import Fact, Opaque, negate
from watchword.testing.samples import Samples


def answers(policy):
    return {cell.question[1:]: cell.answer for cell in policy.matrix()}


@pytest.mark.requirement("access:T4:matrix")
def test_the_notes_policy_says_who_may_do_what():
    """T4: for owner, one with whom the note is shared, everybody else, and an admin."""
    policy = notes().policy
    told = answers(policy)
    assert len(told) == 4 * 3 * 3  # actions, roles, relations
    assert told["update", "user", "owner"] == "allow"
    assert told["update", "user", "shared"] == "deny"
    assert told["read", "user", "shared"] == "allow"
    assert told["read", "user", "other"] == "deny"
    assert told["delete", "admin", "other"] == "allow"
    rules = {cell.question[1:]: cell.rule for cell in policy.matrix()}
    assert rules["read", "admin", "owner"] == "note.admin"
    assert rules["read", "user", "other"] == ""


def test_what_the_cell_does_not_fix_is_its_condition():
    policy = Policy(context={"office": bool}, roles={"user": []})

    @policy.allow("read", on=Note)
    def owner(me, note, ctx):
        """Yours, in the office."""
        return (note.owner == me.id) & (ctx.office == True)  # noqa: E712 - a condition

    cell = next(c for c in policy.matrix() if c.question == ("note", "read", "user", "owner"))
    assert (cell.answer, cell.condition) == ("depends", "context.office == True")
    assert cell.told == "if context.office == True"


def test_a_deny_rule_is_named_where_it_answers():
    policy = Policy(roles={"user": []})

    @policy.deny("update", on=Note)
    def strangers(me, note):
        """Only its owner changes a note."""
        return note.owner != me.id

    @policy.allow("*", on=Note, role="user")
    def users(_me):
        """Users may."""
        return True

    told = {cell.question[1:]: cell.told for cell in policy.matrix()}
    assert told["update", "user", "other"] == "deny (note.strangers)"
    assert told["update", "user", "not strangers"] == "allow (note.users)"
    assert told["read", "user", "other"] == "allow (note.users)"


def test_ways_of_one_rule_are_numbered_and_alike_ones_are_one():
    policy = Policy()

    @policy.allow("read", on=Note)
    def either(me, note):
        """Yours, or public."""
        return (note.owner == me.id) | (note.text == "public")

    @policy.allow("update", on=Note)
    def owner(me, note):
        """Yours."""
        return note.owner == me.id

    assert {cell.relation for cell in policy.matrix()} == {"other", "either", "either 2"}


def test_several_roles_suspension_and_tenant_are_known():
    policy = Policy(roles={"a": [], "b": []})

    @policy.allow("read", on=Note)
    def some(me):
        """Either."""
        return me.roles.meets({"a", "b"}) & (me.suspended == False)  # noqa: E712 - a condition

    @policy.allow("update", on=Note)
    def tenant(me, note):
        """Of one's own tenant."""
        return (note.owner == me.tenant) & ~(me.tenant == None)  # noqa: E711 - a condition

    @policy.allow("delete", on=Note)
    def among(me, note):
        """Shared with a role."""
        return note.shared_role.in_(me.roles)

    told = answers(policy)
    assert told["read", "a", "other"] == "allow"
    assert told["read", "", "other"] == "deny"
    assert told["update", "", "other"] == "allow"
    assert told["delete", "a", "among"] == "allow"
    assert told["delete", "", "among"] == "deny"  # a role that nobody holds


@pytest.mark.requirement("access:T4:matrix")
@pytest.mark.parametrize("name", sorted(RULES))
def test_the_matrix_decides_as_the_check_does(name):
    """The assumption that a cell makes is the one that a row and a subject make."""
    policy = hostile(name)
    samples = Samples(policy, Random(3))
    for _ in range(30):
        me, ctx, row = samples.subject(), samples.context(), drawn(samples)
        for (_, action), plan in policy.plans.items():

            def truth(leaf, world=(me, row, ctx)):
                return compiled(leaf)(*world)

            folded = cases.assume(plan.tree, truth)
            assert folded == Fact(policy.check(unlimited(me), action, row, ctx).allowed)


def unlimited(me):
    return replace(me, scopes=None)


def drawn(samples):
    (about,) = samples.policy.resources
    cells = {
        name: samples.random.choice((None, *samples.pools[what.kind]))
        for name, what in columns(about).items()
    }
    return about.model(**cells)


@pytest.mark.requirement("access:T4:matrix-file")
def test_a_matrix_file_is_read_back():
    """T4: one cell a line, so that a diff shows which cells flipped."""
    policy = notes().policy
    text = matrix.written(policy.matrix())
    assert text.splitlines()[0] == "resource,action,role,relation,answer,rule,condition"
    assert "note,read,user,shared,allow,note.shared," in text.splitlines()
    assert matrix.read(text) == policy.matrix()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a matrix file begins with the line resource,action"),
        ("x\n", "a matrix file begins with the line resource,action"),
        (f"{','.join(matrix._NAMES)}\nnote,read\n", "line 2 of the matrix is no cell"),
        (f"{','.join(matrix._NAMES)}\nnote,read,,other,maybe,,\n", "line 2 of the matrix is no"),
    ],
)
def test_another_file_is_refused(text, told):
    with pytest.raises(PolicyError, match=told):
        matrix.read(text)


@pytest.mark.requirement("access:T4:flips")
def test_a_comparison_says_which_cells_flipped():
    before = notes().policy.matrix()
    policy = Policy(roles={"admin": ["user"]})

    @policy.allow("read", on=Note)
    def owner(me, note):
        """Yours."""
        return note.owner == me.id

    flips = matrix.flips(before, policy.matrix())
    told = [flip.told for flip in flips]
    assert "user, owner: update note: was allow (note.owner), is deny (no rule)" in told
    assert any(each.endswith("was allow (note.shared), is not asked") for each in told)
    assert not any("user, owner: read note" in each for each in told)
    assert matrix.flips(before, before) == ()
    cell = Cell("note", "read", "", "other", "deny")
    assert Flip(None, cell).told.endswith("was not asked, is deny (no rule)")


@pytest.mark.requirement("access:4:asvs-document")
def test_the_document_holds_words_rules_and_matrix():
    """ASVS 5.0 8.1.1: the rules are documented, from what decides."""
    text = notes(scopes={"notes|read": ["read"]}).policy.export("markdown")
    assert "| admin | user |" in text
    assert "| notes\\|read | read |" in text
    assert (
        "| note.owner | allow | create, delete, read, update | resource.owner == subject.id "
        "| What is yours is yours. |"
    ) in text
    assert "| action | role | other | owner | shared |" in text
    assert "| update | user | deny (no rule) | allow (note.owner) | deny (no rule) |" in text


def test_a_document_without_roles_and_scopes_has_no_such_tables():
    policy = Policy()

    @policy.allow("read", on=Note)
    def anyone(_me):
        """Anyone."""
        return True

    text = policy.export("markdown")
    assert "inherits" not in text
    assert "scope of a token" not in text
    assert "| note.anyone | allow | read | always | Anyone. |" in text


def test_conditions_are_told_in_words():
    policy = Policy(subject={"groups": frozenset[str]})

    @policy.allow("read", on=Note)
    def rule(me, note):
        """A rule."""
        return (me.groups.meets({"a"}) | ~note.text.in_({"b"})) & (note.owner != me.id)

    (found,) = policy.rules
    assert sentence(found.tree) == (
        "(subject.groups meets {'a'} or resource.text not in {'b'})"
        " and resource.owner != subject.id"
    )
    held = Opaque("note.rule", lambda _me, _row, _ctx: True, reads_row=True, sql=None)
    assert sentence(negate(held)) == "note.rule() says no"
    assert sentence(Fact(False)) == "never"


@pytest.mark.requirement("access:T4:matrix")
def test_rows_of_another_tenant_are_a_relation():
    """S6: whatever the role, the answer is the built-in deny rule's."""
    policy = Policy(tenant="text", roles={"admin": []})

    @policy.allow("*", on=Note, role="admin")
    def admin(_me):
        """An admin may do anything."""
        return True

    told = {cell.question[1:]: cell.told for cell in policy.matrix()}
    assert told["read", "admin", "other"] == "allow (note.admin)"
    assert told["read", "admin", "another tenant"] == "deny (note.tenant)"


def test_a_stronger_login_is_a_condition():
    policy = Policy()

    @policy.allow("delete", on=Note, acr=("mfa",))
    def owner(me, note):
        """Yours."""
        return note.owner == me.id

    told = answers_in_words(policy)
    assert told["delete", "", "owner"] == "if subject.acr in {'mfa'}"
    assert told["delete", "", "other"] == "deny (no rule)"


def answers_in_words(policy):
    return {cell.question[1:]: cell.told for cell in policy.matrix()}
