"""Form fields as values: what a template needs to show one, with its error in words.

Source: WCAG 2.2 criteria 1.3.5, 3.3.1, 3.3.3 and 4.1.3; users.md U36.
"""

from dataclasses import replace

from watchword.base.records import dataclass
from watchword.server.languages import N_, Message

__all__ = [
    "Field",
    "account_name",
    "email",
    "focused",
    "mail_code",
    "new_passphrase",
    "one_time_code",
    "password",
    "recovery_code",
    "user_code",
    "user_name",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One labelled input."""

    name: str
    label: str | Message
    type: str
    autocomplete: str  # the token by which browsers and password managers know the field
    value: str | None = None
    error: str | Message | None = None
    is_required: bool = True
    is_first: bool = False  # takes the focus when the page is shown
    rules_id: str | None = None  # of the element that says what is accepted

    @property
    def described_by(self) -> str:
        """The ids of what a screen reader says after the label."""
        error_id = f"{self.name}-error" if self.error else None
        return " ".join(id_ for id_ in (error_id, self.rules_id) if id_)


def user_name(*, value: str | None = None, error: str | Message | None = None) -> Field:
    """Return the field for the name of an account."""
    return Field(
        name="username",
        label=N_("User name"),
        type="text",
        autocomplete="username webauthn",  # a browser offers passkeys in this field
        value=value,
        error=error,
    )


def account_name(*, value: str | None = None, error: str | Message | None = None) -> Field:
    """Return the field for what finds an account: its name, or an address of it."""
    return replace(user_name(value=value, error=error), label=N_("User name or e-mail address"))


def email(*, value: str | None = None, error: str | Message | None = None) -> Field:
    """Return the field for an e-mail address."""
    return Field(
        name="email",
        label=N_("E-mail address"),
        type="email",
        autocomplete="email",
        value=value,
        error=error,
    )


def mail_code(*, error: str | Message | None = None) -> Field:
    """Return the field for a code that came by mail."""
    return Field(
        name="code",
        label=N_("Code from the mail"),
        type="text",
        autocomplete="one-time-code",
        error=error,
        is_first=error is not None,
    )


def password(*, error: str | Message | None = None) -> Field:
    """Return the field for a password that exists. It never comes back filled."""
    return Field(
        name="password",
        label=N_("Password"),
        type="password",
        autocomplete="current-password",
        error=error,
    )


def one_time_code(*, error: str | Message | None = None) -> Field:
    """Return the field for the code of an authenticator app."""
    return Field(
        name="code",
        label=N_("Code from your authenticator app"),
        type="text",
        autocomplete="one-time-code",
        error=error,
        is_first=error is not None,
    )


def recovery_code(*, error: str | Message | None = None) -> Field:
    """Return the field for one of the codes that were written down."""
    return Field(
        name="code",
        label=N_("Recovery code"),
        type="text",
        autocomplete="off",
        error=error,
        is_first=error is not None,
    )


def user_code(*, value: str | None = None, error: str | Message | None = None) -> Field:
    """Return the field for the code that a device shows."""
    return Field(
        name="user_code",
        label=N_("Code on your device"),
        type="text",
        autocomplete="off",
        value=value,
        error=error,
    )


def new_passphrase(name: str, label: str, *, error: str | Message | None = None) -> Field:
    """Return a field for a passphrase that is being chosen."""
    return Field(
        name=name,
        label=label,
        type="password",
        autocomplete="new-password",
        error=error,
        rules_id="rules",
    )


def focused(*fields: Field) -> tuple[Field, ...]:
    """Return the fields with the focus on the first that has an error, else on the first empty."""
    ranked = sorted(fields, key=lambda field: (field.error is None, bool(field.value)))
    return tuple(replace(field, is_first=True) if field is ranked[0] else field for field in fields)
