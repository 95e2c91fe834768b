"""What can go wrong with credentials and passwords, and whose fault it is.

    AccountError                 .code .public .detail
    |- CodeRefused               the peer's: not a code of the generator that is being added
    |- FlowNotValid              the peer's: no such login is under way; one text
    |- InvalidCredentials        the peer's: no such account, wrong password, suspended; one text
    |- TooManyAttempts           the peer's: nothing was compared; .retry_after
    |- PasswordRefused           the peer's: .reasons, each with its own code and text
    |- LinkNotValid              the peer's: unknown, used or expired; one text
    |- HashNotTaken              the export's: a password hash that cannot be taken over
    |- LogBroken                 somebody's: the audit log is not as it was written; .position .flaw
    |- PasskeyRefused            the peer's: no such passkey, or its answer proves nothing; one text
    `- MalformedHash             ours: the store holds something that is no password hash

Source: STYLE section 6; security.md rule 27; users.md U53, U56.
"""

from enum import Enum
from typing import ClassVar

from watchword.accounts.password_rules import PasswordReason

__all__ = [
    "AccountError",
    "CodeRefused",
    "Flaw",
    "FlowNotValid",
    "HashNotTaken",
    "InvalidCredentials",
    "LinkNotValid",
    "LogBroken",
    "MalformedHash",
    "PasskeyRefused",
    "PasswordRefused",
    "TooManyAttempts",
]


class AccountError(Exception):
    """Something about an account was refused.

    Args:
        detail: the cause, for the operator's log. It holds no secret and never reaches the peer.
    """

    code: ClassVar[str] = "account_error"
    public: ClassVar[str] = "the account operation failed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class InvalidCredentials(AccountError):
    """Name and password do not open an active account."""

    code = "invalid_credentials"
    public = "the user name or the password is wrong"


class FlowNotValid(AccountError):
    """The login under way is unknown, over, or was begun by somebody else."""

    code = "invalid_session"
    public = "this login took too long or was begun elsewhere; begin again"


class CodeRefused(AccountError):
    """The first code of a generator does not confirm it."""

    code = "code_refused"
    public = "the code is not one that this generator shows"


class TooManyAttempts(AccountError):
    """Too much was wrong before, so nothing was compared. It reads the same for every name.

    Args:
        retry_after: seconds after which an attempt will be let through.
    """

    code = "too_many_attempts"
    public = "too many attempts; wait before the next one"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"throttled for {retry_after} s")
        self.retry_after = retry_after


class PasswordRefused(AccountError):
    """The password breaks a rule; `.reasons` says which ones.

    Args:
        reasons: every broken rule, at least one.
    """

    code = "password_refused"
    public = "choose another password"

    def __init__(self, reasons: tuple[PasswordReason, ...]) -> None:
        super().__init__(", ".join(reason.name.lower() for reason in reasons))
        self.reasons = reasons


class LinkNotValid(AccountError):
    """The one-time link is unknown, used or expired."""

    code = "link_not_valid"
    public = "the link has been used or has expired; ask for another one"


class HashNotTaken(AccountError):
    """A password hash of another system cannot be taken over.

    `detail` gives the reason without a part of the hash, so that reasons can be counted.
    """

    code = "hash_not_taken"
    public = "this password hash cannot be taken over"


class PasskeyRefused(AccountError):
    """The answer of a passkey ceremony proves nothing."""

    code = "passkey_refused"
    public = "the passkey was not accepted; try again"


class MalformedHash(AccountError):
    """A stored password hash cannot be read."""

    code = "hash_malformed"
    public = "the server cannot check this password"


class Flaw(Enum):
    """What is wrong with an entry of the audit log. The value is a stable word."""

    ADDED = "added"  # it stands after the end that the store keeps
    ALTERED = "altered"  # it is not what was written there
    CUT_OFF = "cut_off"  # it was the newest, or among them, and is gone
    MISSING = "missing"  # it is gone, and later ones are there
    REWRITTEN = "rewritten"  # the chain holds, and is another than the head that was kept


class LogBroken(AccountError):
    """The audit log is not as it was written.

    Args:
        position: of the first entry that is wrong; every entry before it holds.
        flaw: what is wrong with it.
    """

    code = "log_broken"
    public = "the audit log is not as it was written"

    def __init__(self, position: int, flaw: Flaw) -> None:
        super().__init__(f"entry {position}: {flaw.value}")
        self.position = position
        self.flaw = flaw
