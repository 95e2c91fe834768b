"""The questions that a policy answers, on the notes of access.md 4.1."""

import threading

import pytest
from sqlalchemy import delete, update
from tests.access.example import Note, Thing, allowing, notes

from watchword.access import (
    Forbidden,
    Kind,
    NotAllowed,
    NotFound,
    Policy,
    PolicyError,
    Subject,
)


def ids(db, people, me, action="read"):
    return [note.id for note in db.scalars(people.policy.select(me, action, Note))]


@pytest.mark.requirement("access:4.1:notes-behave")
def test_each_person_lists_what_they_may_read(people, db):
    assert ids(db, people, people.bo) == [1, 3]
    assert ids(db, people, people.cy) == [2, 3]
    assert ids(db, people, people.ana) == [1, 2, 3]


@pytest.mark.requirement("access:G5:select-never-raises")
def test_a_suspended_account_lists_nothing(people, db):
    assert ids(db, people, people.suspended) == []


@pytest.mark.requirement("access:G5:select-never-raises")
def test_the_list_takes_the_callers_order_and_limit(people, db):
    statement = people.policy.select(people.ana, "read", Note).order_by(Note.id.desc()).limit(2)
    assert [note.id for note in db.scalars(statement)] == [3, 2]


@pytest.mark.requirement("access:S1:default-deny")
def test_without_an_allow_rule_the_answer_is_no(people, db):
    verdict = people.policy.check(people.bo, "update", db.get(Note, 2))
    assert verdict == (False, None)


@pytest.mark.requirement("access:S1:deny-first")
def test_nothing_overrides_a_deny(db):
    people = notes()
    suspended_admin = people.policy.subject("ana", roles=["admin"], suspended=True)
    assert people.policy.check(suspended_admin, "read", db.get(Note, 1)) == (False, "*.suspended")


def test_the_first_allow_rule_names_the_reason(people, db):
    note = db.get(Note, 3)
    assert people.policy.check(people.ana, "read", note).rule == "note.admin"
    assert people.policy.check(people.cy, "read", note).rule == "note.owner"
    assert people.policy.check(people.bo, "read", note).rule == "note.shared"


def test_a_verdict_has_no_truth_value(people, db):
    with pytest.raises(TypeError, match=r"read \.allowed"):
        bool(people.policy.check(people.bo, "read", db.get(Note, 1)))


def test_a_decision_has_no_truth_value(people, db):
    with pytest.raises(TypeError, match=r"read \.allowed"):
        bool(people.policy.decide(people.bo, "read", db.get(Note, 1)))


class TestRequire:
    def test_gives_back_what_is_allowed(self, people, db):
        note = db.get(Note, 1)
        assert people.policy.require(people.bo, "update", note) is note

    @pytest.mark.requirement("access:G1:hidden-looks-absent")
    def test_absent_and_hidden_look_alike(self, people, db):
        with pytest.raises(NotFound) as absent:
            people.policy.require(people.bo, "read", None)
        with pytest.raises(NotFound) as hidden:
            people.policy.require(people.bo, "delete", db.get(Note, 2))
        assert (absent.value.code, absent.value.text) == (hidden.value.code, hidden.value.text)
        assert absent.value.code == "not_found"
        assert absent.value.decision is hidden.value.decision is None

    @pytest.mark.requirement("access:G1:readable-is-403")
    def test_readable_and_refused_is_forbidden(self, people, db):
        with pytest.raises(NotAllowed) as refused:
            people.policy.require(people.bo, "update", db.get(Note, 3))
        assert refused.value.code == "not_allowed"
        assert refused.value.decision.kind is Kind.NOT_ALLOWED

    @pytest.mark.requirement("access:S7:create-is-checked")
    def test_create_in_anothers_name_is_forbidden(self, people):
        with pytest.raises(Forbidden):
            people.policy.require(people.bo, "create", Note(owner="cy", text="x"))
        mine = Note(owner="bo", text="x")
        assert people.policy.require(people.bo, "create", mine) is mine

    @pytest.mark.requirement("access:G2:refused-before-loading")
    def test_a_suspended_account_is_refused_with_the_rules_text(self, people, db):
        with pytest.raises(Forbidden) as refused:
            people.policy.require(people.suspended, "read", db.get(Note, 2))
        assert type(refused.value) is Forbidden
        assert refused.value.code == "forbidden"
        assert refused.value.text == "A suspended account may do nothing."
        assert refused.value.decision.rule == "*.suspended"

    @pytest.mark.requirement("access:S7:fields")
    def test_create_sets_only_what_the_rule_lists(self):
        policy = Policy()

        @policy.allow("create", on=Note, fields=["owner", "text"])
        def owner(me, note):
            """Yours."""
            return note.owner == me.id

        bo = policy.subject("bo")
        policy.require(bo, "create", Note(owner="bo", text="x"))
        with pytest.raises(NotAllowed, match="You may not set: shared_role"):
            policy.require(bo, "create", Note(owner="bo", text="x", shared_role="user"))


class TestPreflight:
    @pytest.mark.requirement("access:G2:refused-before-loading")
    def test_refuses_what_no_row_can_change(self, people):
        with pytest.raises(Forbidden) as refused:
            people.policy.preflight(people.suspended, "read", Note)
        assert refused.value.text == "A suspended account may do nothing."

    @pytest.mark.requirement("access:G2:refused-before-loading")
    def test_refuses_an_action_that_no_rule_allows(self):
        policy = Policy(roles={"editor": []})

        @policy.allow("update", on=Note, role="editor")
        def editor(me, note):
            """Editors edit."""
            return note.owner == me.id

        with pytest.raises(NotAllowed) as refused:
            policy.preflight(policy.subject("bo"), "update", Note)
        assert "'editor' in subject.roles" in refused.value.detail
        with pytest.raises(NotAllowed) as unheard:
            policy.preflight(policy.subject("bo"), "delete", Note)
        assert "no rule allows 'delete' on note" in unheard.value.detail

    def test_lets_pass_what_a_row_may_allow(self, people):
        people.policy.preflight(people.bo, "delete", Note)

    @pytest.mark.requirement("access:S9:possible")
    def test_possible_asks_about_the_type(self, people):
        assert people.policy.possible(people.bo, "read", Note)
        assert not people.policy.possible(people.suspended, "read", Note)


class TestChange:
    def test_sets_what_is_allowed(self, people, db):
        note = db.get(Note, 1)
        people.policy.change(people.bo, "update", note, text="changed")
        assert note.text == "changed"

    @pytest.mark.requirement("access:S7:result-is-checked")
    def test_a_refused_result_leaves_the_object_as_it_was(self, people, db):
        note = db.get(Note, 1)
        with pytest.raises(NotAllowed):
            people.policy.change(people.bo, "update", note, text="mine", owner="cy")
        assert (note.owner, note.text) == ("bo", "one")
        assert not db.is_modified(note)

    @pytest.mark.requirement("access:S7:result-is-checked")
    def test_the_stored_object_is_checked_first(self, people, db):
        note = db.get(Note, 3)
        with pytest.raises(NotAllowed):
            people.policy.change(people.bo, "update", note, owner="bo")
        assert note.owner == "cy"

    def test_an_unknown_column_is_the_callers_bug(self, people, db):
        with pytest.raises(TypeError, match="did you mean 'text'"):
            people.policy.change(people.bo, "update", db.get(Note, 1), txet="x")

    def test_an_attribute_that_raises_leaves_the_object_as_it_was(self, people):
        def explode(self, name, value):
            if value == "no":
                raise ValueError(value)
            object.__setattr__(self, name, value)

        note = Note(id=1, owner="bo", text="one")
        Note.__setattr__ = explode
        try:
            with pytest.raises(ValueError, match="no"):
                people.policy.change(people.bo, "update", note, owner="bo", text="no")
        finally:
            del Note.__setattr__
        assert note.text == "one"

    @pytest.mark.requirement("access:S7:fields")
    def test_only_the_listed_fields_can_be_changed(self):
        policy = Policy(roles={"editor": []})

        @policy.allow("read", "update", on=Note, fields=["text"])
        def owner(me, note):
            """Yours."""
            return note.owner == me.id

        @policy.allow("update", on=Note, role="editor", fields=["shared_role"])
        def editor(me, note):
            """Editors share."""
            return True

        bo, eve = policy.subject("bo"), policy.subject("eve", roles=["editor"])
        both = policy.subject("bo", roles=["editor"])
        note = Note(id=1, owner="bo", text="one")
        assert policy.fields(bo, "update", note) == {"text"}
        assert policy.fields(both, "update", note) == {"text", "shared_role"}
        assert policy.fields(eve, "read", note) == frozenset()
        with pytest.raises(NotAllowed) as refused:
            policy.change(bo, "update", note, text="two", shared_role="user")
        assert refused.value.text == "You may not set: shared_role."
        assert "note.owner" in refused.value.detail
        assert note.text == "one"

    def test_a_rule_without_fields_covers_all_columns(self, people, db):
        assert people.policy.fields(people.bo, "update", db.get(Note, 1)) == {
            "id",
            "owner",
            "text",
            "shared_role",
        }


class TestGet:
    def look_up(self, people, db, me, action, key, **options):
        lookup = people.policy.get(me, action, Note, key, **options)
        return lookup.answer(db.execute(lookup.statement).first())

    def test_gives_the_object(self, people, db):
        assert self.look_up(people, db, people.bo, "update", 1).id == 1
        assert self.look_up(people, db, people.bo, "update", "1", lock=True).id == 1

    @pytest.mark.requirement("access:G1:hidden-looks-absent")
    @pytest.mark.parametrize(
        "key", [2, "2", 77, "77", "x", "01", "+1", "1.0", 2**70, str(2**63), 1.0]
    )
    def test_hidden_absent_and_impossible_keys_look_alike(self, people, db, key):
        with pytest.raises(NotFound) as refused:
            self.look_up(people, db, people.bo, "update", key)
        assert refused.value.text == "There is nothing here that you may see."
        assert refused.value.decision is None

    @pytest.mark.requirement("access:G1:readable-is-403")
    def test_readable_and_refused_is_forbidden(self, people, db):
        with pytest.raises(NotAllowed) as refused:
            self.look_up(people, db, people.bo, "delete", 3)
        assert refused.value.decision.because.startswith("note.owner: would be allowed if")

    @pytest.mark.requirement("access:G2:refused-before-loading")
    @pytest.mark.parametrize("key", [1, 77, "x"])
    def test_a_suspended_account_is_refused_without_a_statement(self, people, key):
        with pytest.raises(Forbidden, match="A suspended account may do nothing"):
            people.policy.get(people.suspended, "read", Note, key)

    def test_the_stored_row_decides_not_the_loaded_object(self, people, db):
        """An unflushed change in the session neither allows nor refuses."""
        note = db.get(Note, 3)
        with db.no_autoflush:
            note.owner = "bo"
            with pytest.raises(NotAllowed) as refused:
                self.look_up(people, db, people.bo, "update", 3)
        assert refused.value.decision.kind is Kind.ALLOWED

    @pytest.mark.requirement("access:S12:locks")
    def test_a_lock_refreshes_the_object(self, people, db):
        note = db.get(Note, 1)
        db.execute(
            update(Note).values(text="by another"), execution_options={"synchronize_session": False}
        )
        assert note.text == "one"
        assert self.look_up(people, db, people.bo, "read", 1, lock=True).text == "by another"


@pytest.mark.requirement("access:S12:where-guards-bulk-statements")
def test_where_guards_bulk_statements(people, db):
    mine = people.policy.where(people.bo, "delete", Note)
    assert db.execute(delete(Note).where(mine)).rowcount == 1
    assert [note.id for note in db.query(Note)] == [2, 3]


def test_actions_are_the_buttons_of_a_page(people, db):
    rows = db.query(Note).order_by(Note.id).all()
    everything = {"read", "update", "delete"}
    assert people.policy.actions(people.bo, rows) == [everything, set(), {"read"}]
    assert people.policy.actions(people.suspended, rows) == [set(), set(), set()]


class TestSeal:
    @pytest.mark.requirement("access:P6:sealed")
    def test_a_sealed_policy_takes_no_rule(self, people):
        people.policy.seal()
        with pytest.raises(PolicyError, match="the policy is sealed"):
            people.policy.allow("read", on=Note)(lambda _me: True)

    @pytest.mark.requirement("access:P6:version")
    def test_the_version_is_a_digest_of_what_is_said(self, people):
        assert people.policy.version == notes().policy.version
        assert len(people.policy.version) == 64
        assert people.policy.version != notes(actions=["publish"]).policy.version
        assert people.policy.version != notes(scopes={"s": ["read"]}).policy.version
        assert people.policy.version != notes(subject={"team": str}).policy.version
        assert people.policy.version != notes(context={"now": int}).policy.version

    @pytest.mark.requirement("access:P6:version")
    def test_every_part_of_a_rule_changes_the_version(self):
        versions = {
            allowing(body, roles={"a": []}).version
            for body in (
                lambda _me, row: row.name == "1",
                lambda _me, row: row.level == 1,
                lambda _me, row: row.name != "1",
                lambda _me, row: row.name.in_({"1"}),
                lambda _me, row: row.name.in_({"1", None}),
                lambda _me, row: (row.name == "1") & (row.level == 1),
                lambda _me, row: (row.name == "1") | (row.level == 1),
                lambda _me, _row: True,
                lambda _me, _row: False,
            )
        }
        assert len(versions) == 9

    def test_the_order_of_a_set_does_not_change_the_version(self):
        one = allowing(lambda _me, row: row.name.in_(["a", "b", "c"]))
        two = allowing(lambda _me, row: row.name.in_(["c", "a", "b"]))
        assert one.version == two.version

    @pytest.mark.requirement("access:P6:sealed")
    def test_threads_share_it_without_a_lock(self):
        """The first question seals, whoever asks it."""
        people, barrier, found = notes(), threading.Barrier(8), []
        note = Note(id=1, owner="bo", text="")

        def ask():
            barrier.wait(60)
            found.append(people.policy.check(people.bo, "update", note))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert found == [(True, "note.owner")] * 8

    def test_a_misspelt_secret_is_found(self):
        policy = allowing(lambda _me, _row: True, secret=["nmae"])
        with pytest.raises(PolicyError, match="did you mean 'name'"):
            policy.seal()

    def test_what_was_declared_can_be_read(self, people):
        assert people.policy.words.actions == {"read", "create", "update", "delete"}
        assert {action for _, action in people.policy.plans} == people.policy.words.actions
        with pytest.raises(TypeError):
            people.policy.plans[Note, "read"] = None

    def test_decision_ids_come_from_the_given_source(self, people, db):
        class Fixed:
            def token_bytes(self, count):
                return bytes(count)

        people.policy.seal(chance=Fixed())
        decision = people.policy.decide(people.bo, "read", db.get(Note, 1))
        assert decision.id == "decision_AAAAAAAAAAAAAAAAAAAAAA"


class TestCallersBugs:
    def test_an_unknown_action_names_the_nearest(self, people):
        with pytest.raises(ValueError, match="action 'raed' is not declared; did you mean 'read'"):
            people.policy.check(people.bo, "raed", Note())
        with pytest.raises(ValueError, match="did you mean 'read'"):
            people.policy.select(people.bo, "raed", Note)

    def test_a_model_without_rules_is_no_silent_denial(self, people):
        with pytest.raises(TypeError, match="no rule is about"):
            people.policy.check(people.bo, "read", Thing())

    @pytest.mark.requirement("access:S10:facts-fit-the-policy")
    def test_a_subject_of_another_policy_is_refused(self, people):
        """Its roles would not be closed over this policy's inheritance."""
        stranger = Subject("ana", roles=["admin"])
        for ask in (people.policy.check, people.policy.decide):
            with pytest.raises(TypeError, match=r"build it with policy\.subject"):
                ask(stranger, "read", Note())

    def test_a_subject_of_an_equal_policy_fits(self, people, db):
        assert people.policy.check(notes().bo, "read", db.get(Note, 1)).allowed

    @pytest.mark.requirement("access:S10:facts-fit-the-policy")
    def test_a_context_of_another_policy_is_refused(self, people):
        with pytest.raises(TypeError, match=r"build it with policy\.context"):
            people.policy.check(
                people.bo, "read", Note(), Policy(context={"now": int}).context(now=1)
            )

    def test_a_context_of_an_equal_policy_fits(self):
        one, two = (
            allowing(lambda _me, _row, ctx: ctx.now == 1, context={"now": int}) for _ in range(2)
        )
        assert one.check(one.subject("bo"), "read", Thing(), two.context(now=1)).allowed

    @pytest.mark.parametrize(
        "declared",
        [
            {"scopes": {"notes": ["raed"]}},
            {"subject": {"roles": str}},
            {"subject": {"scopes": str}},
            {"context": {"rate": float}},
        ],
    )
    @pytest.mark.requirement("access:P2:mistakes-fail-at-import")
    def test_a_declaration_that_cannot_hold_fails_at_import(self, declared):
        with pytest.raises(PolicyError):
            Policy(**declared)


@pytest.mark.requirement("access:S2:no-expression-raises")
def test_a_proposed_value_of_the_wrong_type_is_denied():
    """A loaded row cannot hold one; an object that an application fills can."""
    policy = allowing(lambda _me, row: ~(row.level < 5))
    bo, wrong = policy.subject("bo"), Thing(level="high")
    assert policy.check(bo, "read", wrong) == (False, None)
    decision = policy.decide(bo, "read", wrong)
    assert not decision.allowed
    assert "column's type does not have" in decision.because
