"""What a person chose of the pages' looks: the language and the theme, kept in a cookie.

Source: users.md U36, U91, U94.
"""

from typing import Literal, get_args

from starlette.requests import Request

from watchword.base.records import dataclass
from watchword.server.cookies import cookie_rules
from watchword.server.languages import Language, choose_language, find_language
from watchword.server.settings import Settings

__all__ = ["THEMES", "Preferences", "Theme", "preferences_of"]

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is known of the looks that a person wants."""

    language: Language | None = None
    theme: Theme = "system"

    @classmethod
    def from_text(cls, text: str | None) -> "Preferences":
        """Read the cookie. What is not understood is as if it were not there."""
        tag, _, theme = (text or "").partition(".")
        known: Theme = theme if theme in THEMES else "system"
        return cls(find_language(tag), known)

    def to_text(self) -> str:
        """Write the cookie."""
        return f"{'' if self.language is None else self.language.tag}.{self.theme}"


def preferences_of(
    request: Request, settings: Settings, *, locale: str | None = None
) -> tuple[Language, Theme]:
    """Return the language and the theme of this request's page.

    Args:
        request: of a browser.
        settings: say what the cookie is called.
        locale: what the account says of its person, where somebody is signed in. The switch at the
            foot of the page goes before it, or it would have no effect.
    """
    rules = cookie_rules(settings.issuer)
    chosen = Preferences.from_text(rules.read_text(request.headers, rules.preferences))
    language = choose_language(
        request.query_params.get("ui_locales"),
        None if chosen.language is None else chosen.language.tag,
        locale,
        accept_language=request.headers.get("accept-language", ""),
    )
    return language, chosen.theme
