"""Families against a small model: any order of refreshes, retries, thefts and ends.

Source: oauth.md section 5; security.md section 3.1 and I4, I5.
"""

from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from tests.stores.verbs.machine import StoreMachine

from watchword.accounts.sessions import EndOutcome
from watchword.oauth.families import NewRefreshToken, Refusal, Refused, Rotated, Rotation, Sight
from watchword.testing.store_conformance.world import (
    FAMILY_IDLE,
    NOW,
    OTHER_RESOURCE,
    RESOURCE,
    SCOPES,
    Login,
)

MAIL = ("mail:read",)
GRANTED = {
    RESOURCE.identifier: (RESOURCE.identifier, SCOPES),
    OTHER_RESOURCE.identifier: (OTHER_RESOURCE.identifier, MAIL),
}


@dataclass
class ModelToken:
    stored: NewRefreshToken
    state: str = "live"  # live, consumed, killed
    successor: "ModelToken | None" = None
    seen: bool = False

    @property
    def is_unused(self) -> bool:
        return self.state == "live" and not self.seen


@dataclass
class Model:
    """The table of oauth.md section 5, and nothing else."""

    tokens: list[ModelToken]
    end: Refusal | None = None
    idle_end: int = NOW + FAMILY_IDLE

    def present(self, token: ModelToken, successor: ModelToken, now: int) -> set[object]:
        is_idle = self.idle_end <= now  # the session ends some time after the family
        if self.end is not None:
            return {self.end, Refusal.SESSION_ENDED} if is_idle else {self.end}
        if is_idle:
            return {Refusal.EXPIRED, Refusal.SESSION_ENDED}
        following = token.successor
        if token.state == "live":
            token.state, outcome = "consumed", Rotation.ROTATED
        elif token.state == "consumed" and following is not None and following.is_unused:
            following.state, outcome = "killed", Rotation.RETRIED
        else:
            self.end = Refusal.REVOKED
            return {Refusal.REUSED}
        token.successor = successor
        self.tokens.append(successor)
        self.idle_end = now + FAMILY_IDLE
        return {outcome}


class Families(StoreMachine):
    """One family, driven by an honest client, a thief and an administrator at random."""

    @initialize()
    def log_in(self) -> None:
        self.furnish()
        opening = self.world.opening(self.run(self.world.user()))
        family = replace(opening.family, choices={OTHER_RESOURCE.identifier: MAIL})
        facts = self.run(self.world.store.open_family(replace(opening, family=family)))
        self.login = Login(facts, family.refresh)
        self.model = Model([ModelToken(self.login.token)])

    @rule(
        choice=st.integers(0, 30),
        newest=st.booleans(),
        resource=st.sampled_from([None, *GRANTED]),
    )
    def present(self, choice: int, newest: bool, resource: str | None) -> None:  # noqa: FBT001  # Hypothesis names it
        tokens = self.model.tokens
        token = tokens[-1] if newest else tokens[choice % len(tokens)]
        command = replace(self.world.presenting(token.stored, now=self.now), resource=resource)
        answer, stored = self.run(self.world.store.rotate_refresh_token(command)), command.successor
        wanted = self.model.present(token, ModelToken(stored), self.now)
        got = answer.outcome if isinstance(answer, Rotated) else answer.reason
        assert got in wanted
        if isinstance(answer, Rotated):
            held = (answer.facts.resource, answer.facts.scopes)
            assert held == GRANTED[resource or RESOURCE.identifier]
            assert answer.facts.generation_id == stored.generation_id

    @rule(choice=st.integers(0, 30))
    def see_access_token(self, choice: int) -> None:
        token = self.model.tokens[choice % len(self.model.tokens)]
        sight = self.run(
            self.world.store.mark_access_seen(token.stored.generation_id, now=self.now)
        )
        assert sight is (Sight.REPLACED if token.state == "killed" else Sight.SEEN)
        token.seen = True

    @rule(seconds=st.sampled_from([1, 59, 60, FAMILY_IDLE - 1, FAMILY_IDLE]))
    def wait(self, seconds: int) -> None:
        self.now += seconds if self.now < NOW + 4 * FAMILY_IDLE else 0

    @rule()
    def present_as_another_client(self) -> None:
        token = self.model.tokens[0]
        command = self.world.presenting(token.stored, now=self.now)
        foreign = type(command)(
            command.token_hash, "cli", None, command.successor, command.now, None
        )
        answer = self.run(self.world.store.rotate_refresh_token(foreign))
        assert answer == Refused(Refusal.WRONG_CLIENT)

    @rule(deed=st.sampled_from(["end", "suspend"]), sure=st.integers(0, 9))
    def end(self, deed: str, sure: int) -> None:
        if sure:  # seldom, or nothing else would ever happen
            return
        facts = self.login.facts
        if deed == "end":
            outcome = self.run(self.world.store.end_session(facts.sid, now=self.now))
            assert outcome in EndOutcome
            if self.model.end is not Refusal.USER_INACTIVE:
                self.model.end = Refusal.SESSION_ENDED
        else:
            self.run(self.world.store.suspend_user(facts.user.id, now=self.now))
            self.model.end = Refusal.USER_INACTIVE

    @invariant()
    def liveness_is_the_models(self) -> None:
        if self.store is None:
            return
        live = self.run(self.world.is_live(self.login.facts, now=self.now))
        stands = self.model.end is None and self.now < self.model.idle_end
        assert live == stands
        for token in self.model.tokens[-3:]:
            facts = replace(self.login.facts, generation_id=token.stored.generation_id)
            live = self.run(self.world.is_live(facts, now=self.now))
            assert live == (stands and token.state != "killed")
        assert sum(token.state == "live" for token in self.model.tokens) <= 1


Families.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, derandomize=True
)


class TestFamilies(Families.TestCase):  # type: ignore[misc,name-defined]  # Hypothesis makes the base at run time
    """Run the machine."""
