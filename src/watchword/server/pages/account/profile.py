"""The profile: the name that others see, the language, the addresses.

Source: users.md U39, U94.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.accounts.person.profile import (
    DISPLAY_NAME_CHARACTERS_MAX,
    DisplayNameRefused,
    NameFault,
    UpdateProfile,
    parse_display_name,
)
from watchword.base.records import dataclass
from watchword.server.languages import LANGUAGES, N_, Message, find_language
from watchword.server.pages.account.frame import (
    Member,
    go,
    notice_in,
    show,
)
from watchword.server.pages.account.step_up import form_at, page_at
from watchword.server.pages.fields import Field
from watchword.server.pages.preferences import Preferences
from watchword.server.runtime import Runtime

__all__ = ["change_profile", "profile"]

PATH = "/account/profile"
NO_LANGUAGE = N_("Choose one of the languages.")
FAULTS: Mapping[NameFault, str | Message] = {
    NameFault.TOO_LONG: Message(
        N_("Use at most %(count)s characters."), {"count": DISPLAY_NAME_CHARACTERS_MAX}
    ),
    NameFault.INVISIBLE: N_("Leave out the characters that cannot be seen."),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it was sent, and what is wrong with it."""

    display_name: str
    locale: str
    name_error: str | Message | None = None
    locale_error: str | None = None


async def _show(request: Request, runtime: Runtime, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /account/profile`."""
    said = member.profile
    draft = Draft(said.display_name or "", said.locale or "")
    return _page(member, draft, notice=notice_in(request))


async def _change(form: Mapping[str, str], runtime: Runtime, member: Member) -> Response:
    """Answer `POST /account/profile`."""
    typed, locale = form.get("name", ""), form.get("locale", "")
    try:
        display_name = parse_display_name(typed)
    except DisplayNameRefused as refused:
        return _page(member, Draft(typed, locale, name_error=FAULTS[refused.fault]), status=400)
    language = find_language(locale)
    if locale and language is None:
        return _page(member, Draft(typed, "", locale_error=NO_LANGUAGE), status=400)
    tag = None if language is None else language.tag
    wish = UpdateProfile(
        member.user_id, display_name, tag, member.origin, member.session.sid, member.now
    )
    await runtime.store.update_profile(wish)
    response = go(member, PATH, notice="profile-changed")
    # The switch at the foot of the page goes before the account, and would go on saying otherwise.
    looks = Preferences(language, member.guest.site.theme)
    member.guest.rules.write_preferences(response, looks.to_text())
    return response


profile = page_at(PATH, _show)
change_profile = form_at(PATH, _change)


def _page(
    member: Member, draft: Draft, *, notice: str | Message | None = None, status: int = 200
) -> Response:
    name = Field(
        name="name",
        label=N_("Display name"),
        type="text",
        autocomplete="name",
        value=draft.display_name,
        error=draft.name_error,
        is_required=False,
        is_first=draft.name_error is not None,
        rules_id="name-hint",
    )
    return show(
        member,
        "profile.html",
        {
            "name": name,
            "languages": LANGUAGES.values(),
            "locale": draft.locale,
            "locale_error": draft.locale_error,
            "user": member.profile.user,
            "roles": sorted(member.profile.user.roles),
            "notice": notice,
            "has_errors": status != 200,
        },
        here=PATH,
        status=status,
    )
