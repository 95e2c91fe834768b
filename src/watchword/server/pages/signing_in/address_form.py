"""The form that asks for an e-mail address, before a mail goes there.

Source: users.md U36; security.md rule 29.
"""

from collections.abc import Mapping

from starlette.responses import Response

from watchword.base.records import dataclass
from watchword.server.languages import Message
from watchword.server.pages import fields
from watchword.server.pages.render import page
from watchword.server.pages.visit import Visit

__all__ = ["AddressPage"]


@dataclass(frozen=True, slots=True)
class AddressPage:
    """One page that asks for an address: its words, and where the form goes."""

    title: str
    lead: str
    button: str
    action: str

    def show(
        self,
        guest: Visit,
        form: Mapping[str, str],
        *,
        error: str | None = None,
        problem: str | Message | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page, with what is wrong with the address or with the whole."""
        (email,) = fields.focused(fields.email(value=form.get("email"), error=error))
        values = {
            "title": self.title,
            "lead": self.lead,
            "button": self.button,
            "action": self.action,
            "email": email,
            "problem": problem,
            "has_errors": error is not None or problem is not None,
            "form_token": guest.form_token,
        }
        return guest.remember(page(guest.site, "address.html", values, status=status))
