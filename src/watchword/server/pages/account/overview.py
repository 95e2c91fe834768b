"""The overview: who you are, how you are protected, what needs attention.

On a narrow screen it is the menu as well, so every door says what stands behind it.

Source: users.md U39, U43, U48.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.person.overview import Attention, Overview, Protection, attention
from watchword.base.records import dataclass
from watchword.server.languages import N_, Message, ngettext
from watchword.server.pages.account.frame import AREAS, Member, areas_of, notice_in, show
from watchword.server.pages.account.step_up import page_at
from watchword.server.pages.ago import When, ago
from watchword.server.pages.problem import not_found_page
from watchword.server.runtime import Runtime

__all__ = ["TASKS", "overview"]


@dataclass(frozen=True, slots=True)
class Task:
    """Something to see to: why, and where."""

    title: str
    why: str
    path: str
    label: str


TASKS: Mapping[Attention, Task] = MappingProxyType(
    {
        Attention.CHANGE_PASSWORD: Task(
            N_("Choose another password"),
            N_("The one you have was imported, or is not as strong as it has to be."),
            "/account/password",
            N_("Change the password"),
        ),
        Attention.VERIFY_EMAIL: Task(
            N_("Confirm your e-mail address"),
            N_("Until then nobody can help you back in, and no notice reaches you."),
            "/account/emails",
            N_("See the addresses"),
        ),
        Attention.ADD_EMAIL: Task(
            N_("Add an e-mail address"),
            N_("It lets you back in when you forget the password, and tells you of every change."),
            "/account/emails",
            N_("Add an address"),
        ),
        Attention.ADD_SECOND_FACTOR: Task(
            N_("Add a second factor"),
            N_("With the password alone, whoever learns it is in."),
            "/account/passkeys",
            N_("Add a passkey"),
        ),
        Attention.MAKE_RECOVERY_CODES: Task(
            N_("Make recovery codes"),
            N_("They let you in when you lose the device that you sign in with."),
            "/account/recovery-codes",
            N_("Make recovery codes"),
        ),
    }
)
PROTECTION: Mapping[Protection, str] = MappingProxyType(
    {
        Protection.PASSWORD: N_("Protected by your password alone"),
        Protection.SECOND_FACTOR: N_("Protected by your password and a second factor"),
        Protection.PASSKEY: N_("Protected by a passkey"),
    }
)


@dataclass(frozen=True, slots=True)
class Door:
    """A way to an area, with what stands behind it."""

    path: str
    icon: str
    label: str
    status: str | Message = ""
    when: When | None = None  # after the status


@dataclass(frozen=True, slots=True)
class Group:
    """Doors that belong together."""

    title: str
    ways: tuple[Door, ...]

    @property
    def doors(self) -> tuple[Door, ...]:
        """Those that lead to a page of the menu."""
        return tuple(way for way in self.ways if _is_served(way))


async def _overview(request: Request, runtime: Runtime, member: Member) -> Response:
    """Answer `GET /account`."""
    account = await runtime.store.read_overview(member.user_id, now=member.now)
    if account is None:  # deleted since the session was read
        return not_found_page(member.guest.site)
    return show(
        member,
        "overview.html",
        {
            "email": account.primary_email,
            "protection": PROTECTION[account.protection],
            "is_strong": account.protection is not Protection.PASSWORD,
            "tasks": [TASKS[one] for one in attention(account) if _is_served(TASKS[one])],
            "groups": _groups(account, member.now),
            "open_paths": {area.path for area in areas_of(member)},
            "notice": notice_in(request),
        },
        here="/account",
    )


overview = page_at("/account", _overview)
_PATHS = frozenset(area.path for area in AREAS)


def _groups(account: Overview, now: int) -> tuple[Group, ...]:
    return (
        Group(
            N_("Signing in"),
            (
                _password(account, now),
                Door("/account/passkeys", "key", N_("Passkeys"), _passkeys(account.passkeys)),
                Door(
                    "/account/totp",
                    "code",
                    N_("Authenticator app"),
                    N_("On") if account.authenticator_apps else N_("Off"),
                ),
                Door(
                    "/account/recovery-codes",
                    "sheet",
                    N_("Recovery codes"),
                    _recovery_codes(account.recovery_codes),
                ),
                Door(
                    "/account/sessions",
                    "devices",
                    N_("Sessions"),
                    ngettext(
                        "%(count)s session",
                        "%(count)s sessions",
                        account.sessions,
                    ),
                ),
                Door("/account/activity", "pulse", N_("Activity"), N_("What happened, and where")),
            ),
        ),
        Group(
            N_("You and your data"),
            (
                Door(
                    "/account/profile",
                    "person",
                    N_("Profile"),
                    N_("What you are called, your language"),
                ),
                Door("/account/emails", "mail", N_("E-mail addresses"), _emails(account)),
                Door(
                    "/account/apps",
                    "apps",
                    N_("Connected applications"),
                    _applications(account.connections),
                ),
                Door(
                    "/account/export",
                    "download",
                    N_("Export my data"),
                    N_("Everything held about you, as one file"),
                ),
                Door("/account/delete", "trash", N_("Delete my account"), N_("For good")),
            ),
        ),
    )


def _is_served(way: Task | Door) -> bool:
    """Whether the menu knows the page that it leads to."""
    return way.path in _PATHS


def _password(account: Overview, now: int) -> Door:
    path, icon, label = "/account/password", "lock", N_("Password")
    if not account.profile.has_password:
        return Door(path, icon, label, N_("None: you sign in with a passkey"))
    if account.profile.password_set_at is None:
        return Door(path, icon, label, N_("Set"))
    return Door(path, icon, label, N_("Last changed:"), ago(account.profile.password_set_at, now))


def _passkeys(count: int) -> str | Message:
    if not count:
        return N_("None: sign in with a finger, a face or a key")
    return ngettext("%(count)s passkey", "%(count)s passkeys", count)


def _recovery_codes(count: int) -> str | Message:
    if not count:
        return N_("None")
    return ngettext("%(count)s code left", "%(count)s codes left", count)


def _emails(account: Overview) -> str | Message:
    if not account.emails:
        return N_("None")
    if not account.verified_emails:
        return N_("Not confirmed yet")
    return ngettext("%(count)s address", "%(count)s addresses", account.emails)


def _applications(count: int) -> str | Message:
    if not count:
        return N_("None")
    return ngettext("%(count)s application", "%(count)s applications", count)
