"""Codes against a small model: any order of redemptions, polls, decisions, thefts and ends.

Source: oauth.md S-3 to S-5 and N-33; RFC 6749 section 4.1.2; RFC 8628 section 3.5.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.stores.verbs.machine import StoreMachine

from watchword.oauth.codes import NewCode
from watchword.oauth.device_codes import (
    ClaimDeviceCode,
    DecideDeviceCode,
    Decision,
    NewDeviceCode,
    RedeemDeviceCode,
)
from watchword.oauth.families import Facts, Refusal, Refused
from watchword.testing.store_conformance.device_codes import new_device_code, polling
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import HASH, NOW

SECONDS_MAX = 800  # of a run, so that nothing else ends by itself
CODE_LIFE, DEVICE_LIFE = 60, 600
WRONG = {
    "client_id": Refusal.WRONG_CLIENT,
    "redirect_uri": Refusal.REDIRECT_URI_DIFFERS,
    "code_challenge": Refusal.VERIFIER_WRONG,
    "dpop_jkt": Refusal.WRONG_KEY,
    "resource": Refusal.WRONG_RESOURCE,
}


@dataclass
class ModelCode:
    """An authorization code."""

    stored: NewCode
    end: int
    is_spent: bool = False
    bought: Facts | None = None
    is_revoked: bool = False


@dataclass
class ModelDevice:
    """A device code."""

    stored: NewDeviceCode
    end: int
    decision: Decision | None = None
    is_typed: bool = False
    polled_at: int | None = None
    interval: int = 5
    is_spent: bool = False
    bought: Facts | None = None
    is_revoked: bool = False


@dataclass
class Model:
    """What is known of everything."""

    codes: list[ModelCode] = field(default_factory=list)
    devices: list[ModelDevice] = field(default_factory=list)
    is_signed_in: bool = True  # in the browser
    is_suspended: bool = False

    def redeem(self, code: ModelCode, now: int) -> Refusal | None:
        """Return why not; None: it buys a login."""
        if code.is_spent:
            code.is_revoked = True
            return Refusal.REUSED
        if now >= code.end:
            return Refusal.EXPIRED
        code.is_spent = True
        if code.stored.sid is not None and not self.is_signed_in:
            return Refusal.SESSION_ENDED
        return None

    def poll(self, device: ModelDevice, now: int) -> Refusal | None:
        """Return what the device is told; None: it gets its login."""
        if device.is_spent:
            device.is_revoked = True
            return Refusal.REUSED
        if now >= device.end:
            return Refusal.EXPIRED
        if device.decision is None:
            polled_at, device.polled_at = device.polled_at, now
            if polled_at is None or polled_at + device.interval <= now:
                return Refusal.PENDING
            device.interval += 5 if device.interval < 120 else 0
            return Refusal.TOO_SOON
        if device.decision is Decision.DENIED or not self.is_signed_in:
            return Refusal.DENIED
        device.is_spent = True
        return None


class Codes(StoreMachine):
    """One person, with a browser, an application and devices; a thief; an administrator."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    @initialize()
    def sign_in(self) -> None:
        self.furnish()
        self.user_id, self.session = self.run(self.world.user()), self.world.session()
        opening = partial(self.world.store.open_session, user_id=self.user_id, password_hash=HASH)
        self.run(opening(self.session, now=NOW))

    @precondition(lambda self: self.model.is_signed_in)
    @rule(in_session=st.booleans())
    def give_out_a_code(self, in_session: bool) -> None:  # noqa: FBT001  # Hypothesis names it
        code = new_code(self.user_id, sid=self.session.sid if in_session else None)
        code = replace(code, created_at=self.now, expires_at=self.now + CODE_LIFE)
        self.run(self.world.store.add_code(code))
        self.model.codes.append(ModelCode(code, self.now + CODE_LIFE))

    @precondition(lambda self: self.model.codes)
    @rule(choice=st.integers(0, 9), wrong=st.sampled_from([None, None, None, *WRONG]))
    def redeem(self, choice: int, wrong: str | None) -> None:
        code = self.model.codes[-1 - choice % len(self.model.codes)]
        command = redeeming(self.world, code.stored, now=self.now)
        if wrong is not None:
            foreign = replace(command, **{wrong: "another"})
            answer = self.run(self.world.store.redeem_code(foreign))
            assert answer == Refused(WRONG[wrong])
            return
        wanted = self.model.redeem(code, self.now)
        answer = self.run(self.world.store.redeem_code(command))
        if wanted is None:
            assert isinstance(answer, Facts)
            code.bought = answer
        else:
            assert answer == Refused(wanted)

    @rule()
    def begin_a_device(self) -> None:
        code = replace(new_device_code(), created_at=self.now, expires_at=self.now + DEVICE_LIFE)
        assert self.run(self.world.store.add_device_code(code))
        self.model.devices.append(ModelDevice(code, self.now + DEVICE_LIFE))

    @precondition(lambda self: self.model.devices)
    @rule(choice=st.integers(0, 9), decision=st.sampled_from([None, *Decision, Decision.ALLOWED]))
    def type_and_decide(self, choice: int, decision: Decision | None) -> None:
        """The page asks for a session that stands before it calls either."""
        device = self.model.devices[-1 - choice % len(self.model.devices)]
        where = (device.stored.user_code_hash, self.user_id, self.session.sid)
        is_open = device.decision is None and self.now < device.end
        if decision is None:
            typed = self.run(self.world.store.claim_device_code(ClaimDeviceCode(*where, self.now)))
            assert (typed is not None) == is_open
            device.is_typed = device.is_typed or is_open
            return
        command = DecideDeviceCode(*where, decision, self.now)
        decided = self.run(self.world.store.decide_device_code(command))
        assert (decided is not None) == (is_open and device.is_typed)
        if decided is not None:
            device.decision = decision

    @precondition(lambda self: self.model.devices)
    @rule(choice=st.integers(0, 9), is_foreign=st.booleans())
    def poll(self, choice: int, is_foreign: bool) -> None:  # noqa: FBT001  # as above
        device = self.model.devices[-1 - choice % len(self.model.devices)]
        command: RedeemDeviceCode = polling(self.world, device.stored, now=self.now)
        if is_foreign:
            foreign = replace(command, client_id="cli")
            answer = self.run(self.world.store.redeem_device_code(foreign))
            assert answer == Refused(Refusal.UNKNOWN)
            return
        wanted = self.model.poll(device, self.now)
        answer = self.run(self.world.store.redeem_device_code(command))
        if wanted is None:
            assert isinstance(answer, Facts)
            device.bought = answer
        else:
            assert answer == Refused(wanted)

    @rule(seconds=st.sampled_from([1, 4, 5, 6, CODE_LIFE - 1, CODE_LIFE]))
    def wait(self, seconds: int) -> None:
        self.now += seconds if self.now + seconds < NOW + SECONDS_MAX else 0

    @rule(deed=st.sampled_from(["end", "suspend"]), sure=st.integers(0, 19))
    def end(self, deed: str, sure: int) -> None:
        if sure:  # seldom, or nothing else would ever happen
            return
        if deed == "end":
            self.run(self.world.store.end_session(self.session.sid, now=self.now))
        elif not self.model.is_suspended:
            self.run(self.world.store.suspend_user(self.user_id, now=self.now))
            self.model.is_suspended = True
            for code in self.model.codes:
                code.end = min(code.end, self.now)
        self.model.is_signed_in = False

    @invariant()
    def what_was_bought_lives_as_the_model_says(self) -> None:
        for one in (*self.model.codes, *self.model.devices):
            if one.bought is None:
                continue
            ends_with_browser = isinstance(one, ModelCode) and one.stored.sid is not None
            stands = not (
                one.is_revoked
                or self.model.is_suspended
                or (ends_with_browser and not self.model.is_signed_in)
            )
            assert self.run(self.world.is_live(one.bought, now=self.now)) == stands


Codes.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True
)


class TestCodes(Codes.TestCase):  # type: ignore[misc,name-defined]  # Hypothesis makes the base at run time
    """Run the machine."""
