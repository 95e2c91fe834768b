"""What somebody shows to prove who they are, and who is asked whether it is right.

Each kind of attempt has one factor that compares it. Nothing but `verify_credential` calls a
factor, because the throttle stands there.

Source: security.md rules 35 and 36; oauth.md L-10.
"""

from typing import Protocol, TypeAlias, TypeVar

from watchword.accounts.levels import Method
from watchword.accounts.links import NewLink
from watchword.accounts.origin import Origin
from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "PASSWORDS_ONLY",
    "Attempt",
    "Caller",
    "Compared",
    "Factor",
    "FactorAttempt",
    "Factors",
    "MailCodeAttempt",
    "PasskeyAttempt",
    "PasswordAttempt",
    "RecoveryCodeAttempt",
    "TOTPAttempt",
]


@dataclass(frozen=True, slots=True)
class PasswordAttempt:
    """A name or a verified e-mail address, and a password."""

    name: str  # as typed
    password: Secret


@dataclass(frozen=True, slots=True)
class TOTPAttempt:
    """A code of a generator (RFC 6238)."""

    user_id: str
    code: Secret  # as typed


@dataclass(frozen=True, slots=True)
class RecoveryCodeAttempt:
    """One of the codes that were written down."""

    user_id: str
    code: Secret  # as typed


@dataclass(frozen=True, slots=True)
class MailCodeAttempt:
    """A code that was sent by mail."""

    user_id: str
    code: Secret  # as typed
    link: NewLink  # what the right one buys, in the transaction that spends it


@dataclass(frozen=True, slots=True)
class PasskeyAttempt:
    """What a browser answered to a challenge (WebAuthn section 7.2)."""

    user_id: str | None  # None: whoever the passkey belongs to
    assertion: Secret  # JSON text of the credential, as `PublicKeyCredential.toJSON` writes it
    bound_to: bytes  # hash of what the challenge was bound to: the browser's cookie or the flow


FactorAttempt: TypeAlias = TOTPAttempt | RecoveryCodeAttempt | MailCodeAttempt | PasskeyAttempt
Attempt: TypeAlias = PasswordAttempt | FactorAttempt
Shown_contra = TypeVar("Shown_contra", bound=FactorAttempt, contravariant=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes an attempt, as far as the throttle has to know.

    Args:
        origin: address and device, as the server was told.
        device_secret: what this browser or program was given when somebody signed in with it.
        flow_id: the login under way that the attempt belongs to, which is counted by itself.
    """

    origin: Origin
    device_secret: Secret | None = None
    flow_id: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What a factor found: whose it is, and what was shown."""

    user_id: str
    method: Method


class Factor(Protocol[Shown_contra]):
    """One kind of proof. Its module implements this; its comparison uses up what works once."""

    async def compare(self, attempt: Shown_contra, *, origin: Origin, now: int) -> Compared:
        """Compare what is shown with what is stored, in one transaction that also spends it.

        Raises:
            InvalidCredentials: for every way to fail; `detail` tells them apart for the operator.
        """
        ...


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors that a server offers beside passwords; None where one is not built in."""

    totp: Factor[TOTPAttempt] | None = None
    recovery_code: Factor[RecoveryCodeAttempt] | None = None
    mail_code: Factor[MailCodeAttempt] | None = None
    passkey: Factor[PasskeyAttempt] | None = None


PASSWORDS_ONLY = Factors()
