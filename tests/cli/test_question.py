"""`watchword explain --who`: the question of the admin pages, asked by a command.

users.md U45; access.md section 8.
"""

from textwrap import dedent

import pytest

APPLICATION = """
    from contextlib import contextmanager

    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    from watchword.access import Policy
    from watchword.server.pdp import PolicyDecisionPoint

    class Base(DeclarativeBase):
        pass

    class Note(Base):
        __tablename__ = "note"
        id: Mapped[int] = mapped_column(primary_key=True)
        owner: Mapped[str]

    policy = Policy()

    @policy.allow("delete", on=Note)
    def owner(me, note):
        "What is yours is yours."
        return note.owner == me.id

    class World:
        def person(self, id):
            return {} if id in {"alice", "bob"} else None

        def row(self, model, id):
            return Note(id=7, owner="bob") if id == "7" else None

    @contextmanager
    def open_world(accounts):
        yield World()

    point = PolicyDecisionPoint(policy, {"note": Note}, open_world)
"""
NOTE = ("--action", "delete", "--type", "note", "--id", "7", "--decisions", "asked_app:point")


@pytest.fixture
def explain(command, tmp_path):
    (tmp_path / "asked_app.py").write_text(dedent(APPLICATION))
    assert command("migrate").code == 0
    assert command("user", "add", "bob").code == 0

    def run(*words):
        return command("explain", *words)

    return run


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_servers_rules_and_the_applications_answer(explain):
    done = explain("--who", "bob", "--action", "read", "--type", "user")
    assert done.code == 1
    first, *rules = done.out.splitlines()
    assert first.startswith("not_allowed: administered.")
    assert any(line.startswith("  allow administered.auditor: would be") for line in rules)
    done = explain("--who", "alice", *NOTE)
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        "not_allowed: note.owner: would be allowed if resource.owner == 'alice' (is 'bob')\n"
        "  allow note.owner: would be allowed if resource.owner == 'alice' (is 'bob')\n"
    )
    told = explain("--who", "alice", *NOTE, "--json").json
    assert told["allowed"] is False
    assert explain("--who", "bob", *NOTE).code == explain("--who", "bob", *NOTE, "--json").code == 0
    assert told["rules"][0]["condition"]["holds"] is False


OF_ACCOUNTS = """
    from sqlalchemy import create_engine
    from sqlalchemy.orm import sessionmaker
    from sqlalchemy.pool import StaticPool
    from asked_app import Base, Note
    from watchword.access import Policy
    from watchword.guards.world import open_tables
    from watchword.server.pdp import PolicyDecisionPoint

    policy = Policy(roles={"editor": []})

    @policy.allow("delete", on=Note, role="editor")
    def editor(me):
        "Editors tidy up."
        return True

    threads = {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=threads)
    Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    with sessions.begin() as session:
        session.add(Note(id=7, owner="ada"))

    point = PolicyDecisionPoint(policy, {"note": Note}, open_tables(sessions))
"""


@pytest.mark.requirement("users:U45:rule-tree")
def test_accounts_of_the_server_are_asked_about_with_their_roles(explain, command, tmp_path):
    (tmp_path / "of_accounts.py").write_text(dedent(OF_ACCOUNTS))
    asked = ("--who", "bob", *NOTE[:-1], "of_accounts:point", "--json")
    assert explain(*asked).json["allowed"] is False
    assert command("role", "give", "bob", "editor").code == 0
    assert explain(*asked).json["allowed"] is True
    nobody = explain("--who", "zoe", *asked[2:])
    assert "--who: There is nobody called zoe." in nobody.err


@pytest.mark.requirement("users:U45:clear-refusal")
def test_what_cannot_be_asked_is_said(explain):
    done = explain("--who", "zoe", "--action", "rea", "--type", "user")
    assert done.code == 1
    assert done.err.endswith(
        "--who: There is nobody called zoe. "
        "--action: No rule knows the action rea. Did you mean read?\n"
    )
    done = explain("--who", "bob", "--action", "read")
    assert (done.code, done.err.endswith("--type: Say which.\n")) == (1, True)
    assert explain().code == explain("x", "--who", "bob").code == 2
    assert explain("failure_x", "--action", "read").code == 2
    done = explain("--who", "alice", "--decisions", "asked_app:policy")
    assert done.code == 3
    assert "is no PolicyDecisionPoint" in done.err


def test_an_id_that_is_not_kept_is_said_to_be_elsewhere(explain):
    done = explain("refusal_x")
    assert done.code == 1
    assert "No refused request is called refusal_x here. What a guard apart from" in done.err
    assert "stands in the log of its API alone" in done.err
    done = explain("decision_x")
    assert "what a decision point answered, is not kept: ask again with --who." in done.err
