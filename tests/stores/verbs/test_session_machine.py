"""Sessions, and what codes open in them, against a small model: any order of use and ends.

Source: oauth.md S-3 to S-5, F-5 and sections 0 (2) and 16; decisions/0158.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.stores.verbs.machine import StoreMachine

from watchword.oauth.clients import Client
from watchword.oauth.codes import NewCode
from watchword.oauth.connections import Disconnect
from watchword.oauth.families import Facts, Refusal, Refused, RevokeByRefreshToken
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import (
    FAMILY_IDLE,
    HASH,
    NOW,
    OTHER_CLIENT,
    SCOPES,
)

CODE_SECONDS = 60
choices = st.integers(0, 30)


@dataclass
class ModelSession:
    sid: str
    is_browsers: bool
    is_ended: bool = False


@dataclass
class ModelFamily:
    facts: Facts
    token_hash: bytes
    session: ModelSession
    is_revoked: bool = False

    @property
    def is_live(self) -> bool:
        return not (self.is_revoked or self.session.is_ended)


# Somebody else's, so that a person was asked whether it may go on (oauth.md F-5).
SHOP = Client("shop", "The shop", is_first_party=False, is_default=False, scopes=None)


@dataclass
class ModelCode:
    stored: NewCode
    session: ModelSession | None  # None: redeeming opens one
    expires_at: int
    is_spent: bool = False
    family: ModelFamily | None = None

    @property
    def is_lasting(self) -> bool:
        return "offline_access" in self.stored.scopes


@dataclass
class Model:
    sessions: list[ModelSession] = field(default_factory=list)
    codes: list[ModelCode] = field(default_factory=list)
    families: list[ModelFamily] = field(default_factory=list)

    def end(self, session: ModelSession) -> None:
        session.is_ended = True
        for family in self.families:
            if family.session is session:
                family.is_revoked = True


class Sessions(StoreMachine):
    """One person, their browsers, and a client that asks for codes."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    @initialize()
    def begin(self) -> None:
        self.furnish()
        self.run(self.world.store.register_client(SHOP))
        self.user_id = self.run(self.world.user())
        self.sign_in()

    @rule()
    def sign_in(self) -> None:
        new = self.world.session(now=self.now)
        opening = partial(self.world.store.open_session, user_id=self.user_id, password_hash=HASH)
        assert self.run(opening(new, now=self.now)) is not None
        self.model.sessions.append(ModelSession(new.sid, is_browsers=True))

    @rule(choice=choices, is_in_session=st.booleans(), is_lasting=st.booleans())
    def let_the_client_in(self, choice: int, *, is_in_session: bool, is_lasting: bool) -> None:
        """Ask and redeem: what a login is when nothing comes between."""
        self.ask_for_a_code(choice, is_in_session=is_in_session, is_lasting=is_lasting)
        self.redeem_this(self.model.codes[-1])

    @rule(choice=choices, is_in_session=st.booleans(), is_lasting=st.booleans())
    def ask_for_a_code(self, choice: int, *, is_in_session: bool, is_lasting: bool) -> None:
        standing = [one for one in self.model.sessions if not one.is_ended]
        session = self.chosen(standing, choice) if is_in_session and standing else None
        code = replace(
            new_code(self.user_id, sid=None if session is None else session.sid),
            client_id=SHOP.client_id,
            scopes=(*SCOPES, "offline_access") if is_lasting else SCOPES,
            created_at=self.now,
            expires_at=self.now + CODE_SECONDS,
        )
        self.run(self.world.store.add_code(code))
        self.model.codes.append(ModelCode(code, session, code.expires_at))

    @precondition(lambda self: self.model.codes)
    @rule(choice=choices)
    def redeem(self, choice: int) -> None:
        self.redeem_this(self.chosen(self.model.codes[-5:], choice))

    def redeem_this(self, code: ModelCode) -> None:
        command = redeeming(self.world, code.stored, now=self.now)
        answer = self.run(self.world.store.redeem_code(command))
        if code.is_spent:
            assert answer == Refused(Refusal.REUSED)
            if code.family is not None:
                code.family.is_revoked = True
            return
        if code.expires_at <= self.now:
            assert answer == Refused(Refusal.EXPIRED)
            return
        code.is_spent = True
        if code.session is not None and code.session.is_ended:
            assert answer == Refused(Refusal.SESSION_ENDED)
            return
        assert isinstance(answer, Facts)
        session = code.session
        if session is None or code.is_lasting:
            session = ModelSession(command.session.sid, is_browsers=False)
            self.model.sessions.append(session)
        assert (answer.sid, answer.nonce) == (session.sid, code.stored.nonce)
        token_hash = command.family.refresh.token_hash
        code.family = ModelFamily(answer, token_hash, session)
        self.model.families.append(code.family)

    @precondition(lambda self: self.model.codes)
    @rule(choice=choices)
    def redeem_as_another_client(self, choice: int) -> None:
        code = self.chosen(self.model.codes, choice)
        command = redeeming(self.world, code.stored, now=self.now)
        foreign = replace(command, client_id=OTHER_CLIENT.client_id)
        assert self.run(self.world.store.redeem_code(foreign)) == Refused(Refusal.WRONG_CLIENT)

    @rule(choice=choices, sure=st.integers(0, 1))
    def end_a_session(self, choice: int, sure: int) -> None:
        if sure:  # or little would ever live
            return
        session = self.chosen(self.model.sessions, choice)
        self.run(self.world.store.end_session(session.sid, now=self.now))
        self.model.end(session)

    @rule(choice=choices, keeps_one=st.booleans(), sure=st.integers(0, 3))
    def end_sessions(self, choice: int, *, keeps_one: bool, sure: int) -> None:
        if sure:
            return
        kept = self.chosen(self.model.sessions, choice) if keeps_one else None
        sid = None if kept is None else kept.sid
        self.run(self.world.store.end_sessions(self.user_id, keep=sid, now=self.now))
        for session in self.model.sessions:
            if session is not kept:
                self.model.end(session)
        for code in self.model.codes:  # what nobody has redeemed is worth nothing either
            code.expires_at = min(code.expires_at, self.now)

    @precondition(lambda self: self.model.families)
    @rule(choice=choices)
    def log_out_with_a_refresh_token(self, choice: int) -> None:
        family = self.chosen(self.model.families, choice)
        command = RevokeByRefreshToken(family.token_hash, SHOP.client_id, self.now)
        self.run(self.world.store.revoke_by_refresh_token(command))
        self.model.end(family.session)

    @precondition(lambda self: self.model.families)
    @rule(choice=choices, sure=st.integers(0, 3))
    def disconnect(self, choice: int, sure: int) -> None:
        if sure:
            return
        sid = self.chosen(self.model.sessions, choice).sid
        origin = self.world.session().origin
        command = Disconnect(self.user_id, SHOP.client_id, origin, sid, self.now)
        self.run(self.world.store.disconnect(command))
        for family in self.model.families:
            family.is_revoked = True
            if not family.session.is_browsers:
                family.session.is_ended = True

    @rule(seconds=st.sampled_from([1, CODE_SECONDS - 1, CODE_SECONDS]))
    def wait(self, seconds: int) -> None:
        self.now += seconds if self.now + seconds < NOW + FAMILY_IDLE else 0

    @invariant()
    def what_lives_is_the_models(self) -> None:
        for family in self.model.families:
            live = self.run(self.world.is_live(family.facts, now=self.now))
            assert live == family.is_live
        if self.store is not None:
            listed = self.run(self.world.store.list_connections(self.user_id, now=self.now))
            wanted = {one.facts.family_id for one in self.model.families if one.is_live}
            assert {one.family_id for one in listed} == wanted

    def chosen(self, among: list[Any], choice: int) -> Any:
        return among[choice % len(among)]


Sessions.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, derandomize=True
)


class TestSessions(Sessions.TestCase):  # type: ignore[misc,name-defined]  # Hypothesis makes the base at run time
    """Run the machine."""
