"""The line at the top of every page while somebody acts as another user.

Source: users.md U42; decisions/0282.
"""

from starlette.datastructures import Headers

from watchword.accounts.sessions import Session
from watchword.base.records import dataclass
from watchword.server.cookies import CookieRules
from watchword.server.csrf import form_token
from watchword.server.pages.times import Moment, moment

__all__ = ["Banner", "banner_from", "banner_of"]


@dataclass(frozen=True, slots=True)
class Banner:
    """Who acts as whom, and the way out of it.

    Where nobody is named, only this is known: the browser has set another session aside. Such a
    page looks at no session, or the one in which somebody acted is over.
    """

    form_token: str
    actor: str = ""
    user: str = ""
    until: Moment | None = None


def banner_of(session: Session | None, *, is_aside: bool, token: str) -> Banner | None:
    """Return the line of a page that knows its session; None where nobody acts.

    Args:
        session: of the browser, whatever its level.
        is_aside: whether the browser has set another session aside.
        token: of this browser's forms.
    """
    if session is None:
        return Banner(token) if is_aside else None
    if session.actor is None:
        return None
    return Banner(token, session.actor.name, session.user.name, moment(session.expires_at))


def banner_from(headers: Headers, rules: CookieRules) -> Banner | None:
    """Return the line of a page that looks at no session, by the cookies alone."""
    form = rules.read(headers, rules.form)
    if form is None or rules.read(headers, rules.aside) is None:
        return None
    return Banner(form_token(form, rules.read(headers, rules.session)))
