"""What each mail says: one row a kind.

A letter is written once, from its row, in the language of whoever gets it; the text part and the
HTML part show the same letter, so that they cannot say different things.

Source: users.md U94 and U95; security.md rule 43.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from watchword.accounts.mail.messages import Mail, MailKind
from watchword.base.records import dataclass
from watchword.server.device import device_of
from watchword.server.languages import N_, Language, choose_language, say, speaking

__all__ = ["DRAFTS", "Draft", "Letter", "as_html", "as_text", "write"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One kind of mail, in English and with places for its values."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str | None = None  # leads to the value `link`
    link: str = "link"
    code: str | None = None  # what stands above the value `code`
    closing: str = ""


_NOT_YOU = N_(
    "If this was you, there is nothing to do. If it was not, set a new password at once and look "
    "at the sessions of your account: %(account)s"
)
_IGNORE = N_("If you did not ask for this, do nothing: without this mail nobody gets further.")

DRAFTS: Mapping[MailKind, Draft] = MappingProxyType(
    {
        MailKind.SIGN_UP: Draft(
            N_("Finish your account at %(host)s"),
            (
                N_("Somebody, probably you, wants an account at %(host)s with this address."),
                N_("Choose a name and a password to finish it. The link works once, for "
                   "%(minutes)s minutes."),
            ),
            button=N_("Finish the account"),
            closing=_IGNORE,
        ),
        MailKind.ACCOUNT_EXISTS: Draft(
            N_("You already have an account at %(host)s"),
            (
                N_("Somebody, probably you, wants another account at %(host)s with this address. "
                   "It belongs to the account %(name)s, so no other was made."),
                N_("Sign in: %(signin)s"),
                N_("If the password is forgotten, choose another: %(forgot)s"),
            ),
            closing=N_("If this was not you, there is nothing to do."),
        ),
        MailKind.RESET: Draft(
            N_("Set a new password at %(host)s"),
            (
                N_("Somebody, probably you, has forgotten the password of the account %(name)s "
                   "at %(host)s."),
                N_("Choose another one. The link works once, for %(minutes)s minutes."),
            ),
            button=N_("Choose a password"),
            code=N_("Or type this code where you asked for the mail, within %(code_minutes)s "
                    "minutes:"),
            closing=_IGNORE,
        ),
        MailKind.VERIFY_EMAIL: Draft(
            N_("Confirm this address at %(host)s"),
            (
                N_("The account %(name)s at %(host)s wants to use this address."),
                N_("Confirm that it is yours. The link works once, for %(minutes)s minutes."),
            ),
            button=N_("Confirm the address"),
            closing=_IGNORE,
        ),
        MailKind.TEST: Draft(
            N_("A test from %(host)s"),
            (N_("Mail from %(service)s arrives. Nothing else is meant by this."),),
        ),
        MailKind.DEVICE_SEEN: Draft(
            N_("A sign-in from a device that was not seen before"),
            (N_("Your account at %(host)s was signed in to on a device unknown so far."),),
            closing=_NOT_YOU,
        ),
        MailKind.PASSWORD_CHANGED: Draft(
            N_("Your password was changed"),
            (N_("The password of your account at %(host)s was changed."),),
            closing=_NOT_YOU,
        ),
        MailKind.EMAIL_CHANGED: Draft(
            N_("The e-mail addresses of your account were changed"),
            (N_("The addresses of your account at %(host)s were changed: %(about)s"),),
            closing=_NOT_YOU,
        ),
        MailKind.NAME_CHANGED: Draft(
            N_("Your user name was changed"),
            (N_("The user name of your account at %(host)s was changed: %(about)s"),),
            closing=_NOT_YOU,
        ),
        MailKind.FACTOR_ADDED: Draft(
            N_("A way to sign in was added"),
            (N_("A way to sign in to your account at %(host)s was added: %(about)s"),),
            closing=_NOT_YOU,
        ),
        MailKind.FACTOR_REMOVED: Draft(
            N_("A way to sign in was removed"),
            (N_("A way to sign in to your account at %(host)s was removed: %(about)s"),),
            closing=_NOT_YOU,
        ),
        MailKind.RECOVERY_CODE_USED: Draft(
            N_("A recovery code was used"),
            (N_("Your account at %(host)s was signed in to with a recovery code. That code works "
                "no more."),),
            closing=_NOT_YOU,
        ),
        MailKind.PASSKEY_CLONED: Draft(
            N_("A copy of a passkey may exist"),
            (
                N_(
                    "A passkey of your account at %(host)s was used, and its counter ran "
                    "backwards, as it happens when a passkey was copied: %(about)s"
                ),
            ),
            closing=_NOT_YOU,
        ),
        MailKind.TOKEN_REUSED: Draft(
            N_("An application was signed out for safety"),
            (N_("A key of an application to your account at %(host)s was used twice, as it "
                "happens when one is stolen: %(about)s"),
             N_("The application has been signed out. It may ask you to sign in again.")),
            closing=_NOT_YOU,
        ),
        MailKind.ACTED_AS: Draft(
            N_("An administrator began to act as you"),
            (N_("An administrator of %(host)s looks at your account as you see it. They cannot "
                "see or change how you sign in."),),
            closing=N_("What was done meanwhile stands in the activity of your account: "
                       "%(account)s/activity"),
        ),
        MailKind.ACCOUNT_DELETED: Draft(
            N_("Your account was deleted"),
            (N_("The account %(about)s at %(host)s and what belonged to it was deleted."),),
            closing=N_("If this was not you, tell the people who run the service."),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a notice."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as a person reads it."""

    to: str
    language: Language
    host: str
    subject: str
    paragraphs: tuple[str, ...]
    facts: tuple[Fact, ...]
    button: str | None
    link: str | None
    code_label: str | None
    code: str | None
    closing: str


def write(mail: Mail, *, issuer: str, host: str) -> Letter:
    """Write a mail in the language of whoever gets it.

    Args:
        mail: what it is about.
        issuer: where links that are no secret lead.
        host: what the person knows the server by.
    """
    draft = DRAFTS[mail.kind]
    language = choose_language(mail.locale, None, accept_language="")
    values = {**mail.values, "host": host, "account": f"{issuer}/account"}
    with speaking(language):
        return Letter(
            to=mail.to.written,
            language=language,
            host=host,
            subject=say(draft.subject, **values),
            paragraphs=tuple(say(text, **values) for text in draft.paragraphs),
            facts=_facts(mail) if mail.kind.is_notice else (),
            button=None if draft.button is None else say(draft.button),
            link=mail.values.get("link"),
            code_label=None if draft.code is None else say(draft.code, **values),
            code=mail.values.get("code"),
            closing=say(draft.closing, **values) if draft.closing else "",
        )


def as_text(letter: Letter) -> str:
    """Return the text part."""
    return _templates().get_template("letter.txt").render(letter=letter)


def as_html(letter: Letter) -> str:
    """Return the HTML part."""
    return _templates().get_template("letter.html").render(letter=letter)


def _facts(mail: Mail) -> tuple[Fact, ...]:
    told = (
        (N_("When"), _when(int(mail.values["at"]))),
        (N_("Where"), mail.values["address"]),
        (N_("Device"), _device(mail.values["device"])),
    )
    return tuple(Fact(say(name), value) for name, value in told if value)


def _device(user_agent: str) -> str:
    """Return the device in the words of the sessions page, or nothing where none is known."""
    return say(device_of(user_agent).label) if user_agent else ""


def _when(seconds: int) -> str:
    """Return a time that reads the same in every language."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("watchword.server.mail"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
