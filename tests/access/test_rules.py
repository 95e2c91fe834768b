"""How rules are declared, and what is refused at import."""

import pytest
from tests.access.example import Note, Thing

from watchword.access import Policy, PolicyError

pytestmark = pytest.mark.requirement("access:P2:mistakes-fail-at-import")


def documented(me):
    """Because."""
    return True


def refused(policy, *actions, function=documented, **heading):
    with pytest.raises(PolicyError) as caught:
        policy.allow(*actions, **heading)(function)
    return str(caught.value)


def test_a_misspelt_action_names_the_nearest():
    assert (
        refused(Policy(), "raed")
        == "*.documented: action 'raed' is not declared; did you mean 'read'?"
    )


def test_further_actions_are_declared():
    assert refused(Policy(), "cancel") == (
        "*.documented: action 'cancel' is not declared; known: create, delete, read, update; "
        "words of your own: Policy(actions=[...])"
    )
    with pytest.raises(PolicyError, match=r"scope 'n': action 'cancel' .* Policy\(actions="):
        Policy(scopes={"n": ["cancel"]})
    Policy(actions=["publish"]).allow("publish", on=Note)(documented)
    assert "did you mean 'publish'?" in refused(Policy(actions=["publish"]), "pubish")


def test_a_misspelt_role_names_the_nearest():
    policy = Policy(roles={"admin": ["user"]})
    assert "role 'amdin' is not declared; did you mean 'admin'?" in refused(
        policy, "read", role="amdin"
    )


def test_a_misspelt_field_names_the_nearest():
    assert "field 'txet' is not declared; did you mean 'text'?" in refused(
        Policy(), "update", on=Note, fields=["txet"]
    )


def test_fields_belong_to_a_model():
    assert "fields= needs on=" in refused(Policy(), "update", fields=["text"])


def test_a_rule_without_actions_is_refused():
    assert "name the actions" in refused(Policy())


def test_a_class_that_nothing_maps_is_refused():
    class Plain:
        pass

    assert "is no mapped model" in refused(Policy(), "read", on=Plain)


def test_a_rule_needs_a_reason_for_people():
    assert "a rule needs a docstring" in refused(Policy(), "read", function=lambda _me: True)


async def waiting(me):
    """Because."""
    return True


def generating(me):
    """Because."""
    yield True


@pytest.mark.parametrize("function", [waiting, generating])
@pytest.mark.requirement("access:P7:deciding-is-synchronous")
def test_a_rule_is_a_plain_function(function):
    assert "a rule is a plain function" in refused(Policy(), "read", function=function)


@pytest.mark.parametrize(
    ("function", "on", "shape"),
    [
        (lambda: True, Note, "(me), (me, row) or (me, row, context)"),
        (lambda _me, _row, _ctx, _more: True, Note, "(me), (me, row) or (me, row, context)"),
        (lambda _me, _row=None: True, Note, "(me), (me, row) or (me, row, context)"),
        (lambda *_: True, Note, "(me), (me, row) or (me, row, context)"),
        (lambda _me, _row, _ctx: True, None, "(me) or (me, context)"),
    ],
)
def test_a_rule_takes_subject_row_and_context(function, on, shape):
    assert f"a rule takes {shape}" in refused(Policy(), "read", function=function, on=on)


def test_two_rules_of_one_name_are_refused():
    policy = Policy()
    policy.allow("read", on=Note)(documented)
    policy.allow("read", on=Thing)(documented)
    with pytest.raises(PolicyError, match=r"note\.documented: another rule or model"):
        policy.allow("update", on=Note)(documented)


def test_two_models_of_one_name_are_refused():
    class Other(Note.__base__):
        __tablename__ = "other_note"
        id = Note.__table__.c.id._copy()

    Other.__name__ = "Note"
    policy = Policy()
    policy.allow("read", on=Note)(documented)

    def second(me):
        """Because."""
        return True

    with pytest.raises(PolicyError, match=r"note\.second: another rule or model"):
        policy.allow("read", on=Other)(second)


def test_role_when_and_body_are_joined():
    policy = Policy(roles={"admin": ["user"]}, context={"now": int})

    def in_time(me, thing, ctx):
        return ctx.now < 10

    @policy.allow("read", on=Thing, role=["user"], when=in_time)
    def mine(me, thing):
        """Yours, for a while."""
        return thing.name == me.id

    ana, bo = policy.subject("ana", roles=["admin"]), policy.subject("bo")
    early, late = policy.context(now=9), policy.context(now=10)
    assert policy.allows(ana, "read", Thing(name="ana"), early)
    assert not policy.allows(ana, "read", Thing(name="ana"), late)
    assert not policy.allows(ana, "read", Thing(name="bo"), early)
    assert not policy.allows(bo, "read", Thing(name="bo"), early)


def test_a_rule_function_stays_what_it_was():
    """The decorators return the function, which type checkers see (P4)."""
    policy = Policy()
    assert policy.allow("read", on=Note)(documented) is documented
    assert policy.deny("read", on=Thing)(documented) is documented
