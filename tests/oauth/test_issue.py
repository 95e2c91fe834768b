"""The one gate: what the store saw is held against what was asked, then signed."""

from dataclasses import replace

import pytest
from tests.oauth.asking import refresh_with

from watchword.accounts.origin import NOWHERE
from watchword.accounts.users import UserStatus
from watchword.base.secrets import digest
from watchword.oauth.authentication import Accepted
from watchword.oauth.clients import Client
from watchword.oauth.errors import OAuthError
from watchword.oauth.families import OpenFamilyInSession, Refusal, Refused, Rotated
from watchword.oauth.issue import IssueContext, draft_pair, issue
from watchword.oauth.login import login, new_family

OPENED = ("open_family", "open_family_in_session")
PASSWORD = "a quiet garden at dusk"


class Contradicting:
    """A store whose answers are changed on the way: the fault that the second fence is for."""

    def __init__(self, store, change):
        self._store = store
        self._change = change

    async def open_family(self, command):
        return self._change(await self._store.open_family(command))

    async def open_family_in_session(self, command):
        return self._change(await self._store.open_family_in_session(command))

    async def rotate_refresh_token(self, command):
        answer = await self._store.rotate_refresh_token(command)
        return Rotated(answer.outcome, self._change(answer.facts))


def suspended(facts):
    return replace(facts, user=replace(facts.user, status=UserStatus.SUSPENDED))


def another_user(facts):
    return replace(facts, user=replace(facts.user, id="user_eve"))


ANSWERS = {
    "a suspended user": suspended,
    "another user": another_user,
    "another generation": lambda facts: replace(facts, generation_id="gen_other"),
    "another client": lambda facts: replace(facts, client_id="partner"),
    "another resource": lambda facts: replace(facts, resource="files"),
    "another session": lambda facts: replace(facts, sid="sid_other"),
    "another family": lambda facts: replace(facts, family_id="fam_other"),
    "more scopes": lambda facts: replace(facts, scopes=(*facts.scopes, "admin")),
}
# What the presenter of a refresh token does not name cannot contradict.
UNNAMED = {"another user", "another session", "another family", "more scopes"}


def contradicting(server, change):
    return IssueContext(
        server.issue.issuer,
        server.ring,
        Contradicting(server.store, change),
        server.clock,
        server.chance,
    )


def in_session(server, sid):
    """A command that opens a family in a session, and the pair for it."""
    client = server.run(server.store.default_client())
    resource = server.run(server.store.list_resources())[0]
    draft = draft_pair(server.issue)
    family = new_family(Accepted(client, resource, ("notes:read",)), draft, server.issue)
    return OpenFamilyInSession(sid, family, NOWHERE, server.clock.now()), draft


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.requirement("oauth:0.8:facts-checked", "security:61:one-gate")
def test_login_signs_nothing_that_was_not_asked(server, answer):
    """security.md rule 61; ARCHITECTURE section 3."""
    ctx = replace_issue(server.login, contradicting(server, ANSWERS[answer]))
    with pytest.raises(OAuthError, match="contradicts") as refused:
        server.run(login((), {"username": "ada", "password": PASSWORD}, NOWHERE, ctx))
    assert refused.value.status == 500


@pytest.mark.parametrize("answer", sorted(set(ANSWERS) - UNNAMED))
def test_refresh_signs_nothing_that_was_not_asked(server, answer):
    members = {
        "refresh_token": server.log_in().refresh_token.reveal(),
        "resource": "https://api.example",
        "scope": "notes:read",
    }
    ctx = replace_issue(server.token, contradicting(server, ANSWERS[answer]))
    with pytest.raises(OAuthError, match="RotateRefreshToken contradicts"):
        server.run(refresh_with(members, ctx))


def test_refresh_signs_no_scopes_beyond_those_asked(server):
    members = {
        "refresh_token": server.log_in().refresh_token.reveal(),
        "scope": "notes:read notes:write",
    }
    fewer = contradicting(server, lambda facts: replace(facts, scopes=("notes:read",)))
    with pytest.raises(OAuthError, match="contradicts"):
        server.run(refresh_with(members, replace_issue(server.token, fewer)))


@pytest.mark.parametrize("answer", sorted(set(ANSWERS) - {"another user"}))
def test_session_signs_nothing_that_was_not_asked(server, answer):
    command, draft = in_session(server, server.log_in().facts.sid)
    ctx = contradicting(server, ANSWERS[answer])
    with pytest.raises(OAuthError, match="OpenFamilyInSession contradicts"):
        server.run(issue(command, draft, ctx))


def replace_issue(ctx, made):
    return replace(ctx, issue=made)


def test_signed_in_user_gets_a_pair_through_the_same_gate(server):
    """The browser's session: the level of its sign-in, a family of its own."""
    login_facts = server.log_in().facts
    server.clock.pass_seconds(60)
    command, draft = in_session(server, login_facts.sid)
    issued = server.run(issue(command, draft, server.issue))
    claims = server.claims(issued)
    assert (claims.sid, claims.auth_time) == (login_facts.sid, login_facts.auth_time)
    assert claims.fam != login_facts.family_id
    assert claims.scope == "notes:read"


def test_refusal_of_the_store_is_handed_back(server):
    command, draft = in_session(server, "sid_unknown")
    assert server.run(issue(command, draft, server.issue)) == Refused(Refusal.SESSION_ENDED)


@pytest.mark.requirement("oauth:L-14:masked")
def test_draft_holds_the_secret_once_and_gives_the_store_its_hash(server):
    draft = draft_pair(server.issue)
    assert draft.stored.token_hash == digest(draft.refresh_token)
    assert draft.refresh_token.reveal() not in repr(draft)
    assert len(draft.refresh_token) == 43  # 256 bits: oauth.md S-2, RFC 6749 section 10.10


@pytest.mark.requirement("oauth:R-4:absolute-end")
def test_access_token_never_outlives_its_family(server):
    command, draft = in_session(server, server.log_in().facts.sid)
    ending = replace(command.family, expires_at=server.clock.now() + 100)
    issued = server.run(issue(replace(command, family=ending), draft, server.issue))
    assert issued.expires_in == 100
    assert server.claims(issued).exp == server.clock.now() + 100


def test_family_that_ends_while_its_transaction_waits_gets_no_token(server):
    command, draft = in_session(server, server.log_in().facts.sid)
    ending = replace(command.family, expires_at=server.clock.now() + 100)

    def wait(facts):
        server.clock.pass_seconds(100)
        return facts

    answer = server.run(issue(replace(command, family=ending), draft, contradicting(server, wait)))
    assert answer == Refused(Refusal.EXPIRED)


def test_client_that_is_replaced_meanwhile_is_the_one_that_counts(server):
    """Facts are read in the transaction, not before it."""
    client = Client("web", "Web", is_first_party=True, is_default=True, scopes=frozenset())
    server.run(server.store.register_client(client))
    assert server.log_in().scope == ()
