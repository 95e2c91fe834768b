"""What the management API gives of credentials: names and times, and once what it has just made.

Source: security.md rules 61 and 96; users.md U24 and U42.
"""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from watchword.accounts.factors.passkeys import Passkey
from watchword.accounts.factors.recovery_codes import RecoverySheet
from watchword.accounts.factors.totp import TOTP

__all__ = ["FactorOut", "FactorsOut", "LinkOut", "RecoveryOut", "SecretOut"]


class FactorOut(BaseModel):
    """A second factor. No key of it is ever part of this."""

    kind: str = Field(description="passkey or totp.")
    name: str
    added_at: int
    used_at: int | None


class RecoveryOut(BaseModel):
    """The recovery codes, counted."""

    made_at: int
    left: int


class FactorsOut(BaseModel):
    """What a user has beside the password."""

    factors: list[FactorOut]
    recovery_codes: RecoveryOut | None

    @classmethod
    def of(
        cls, passkeys: Iterable[Passkey], apps: Iterable[TOTP], sheet: RecoverySheet
    ) -> "FactorsOut":
        """Return what is told of the factors that count."""
        found = [
            FactorOut(kind="passkey", name=one.name, added_at=one.created_at, used_at=one.used_at)
            for one in passkeys
        ]
        found += [
            FactorOut(kind="totp", name=one.name, added_at=one.confirmed_at, used_at=one.used_at)
            for one in apps
            if one.confirmed_at is not None
        ]
        codes = (
            None if sheet.made_at is None else RecoveryOut(made_at=sheet.made_at, left=sheet.left)
        )
        return cls(factors=found, recovery_codes=codes)


class LinkOut(BaseModel):
    """A link by which a user sets a password, once. It is shown here and nowhere again."""

    link: str
    expires_at: int


class SecretOut(BaseModel):
    """Another secret of an application. It is shown here and nowhere again."""

    client_id: str
    client_secret: str
