"""Django Ninja: operations that take our tokens, and refusals in the form of every other view.

    api = answer_refusals(NinjaAPI(auth=NinjaBearer()))

    @api.get("/notes", auth=NinjaBearer("notes:read"))
    def notes(request):
        return {"owner": request.auth.user.name}

`required`, `optional` and `public` may stand on an operation as well, below `@api.get`. `may` does
not: Ninja reads the arguments of a function as what a request has to bring.

Source: users.md U10; access.md section 4.3 and G4; security.md rules 80 to 83.
"""

from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import HttpBearer

from watchword.base.duration import Duration
from watchword.guards.answers import REFUSALS
from watchword.guards.core import check_scopes
from watchword.guards.declarations import Access, Declaration
from watchword.guards.django.caller import Caller
from watchword.guards.django.guard import current
from watchword.guards.django.middleware import refused
from watchword.guards.django.routes import Proof
from watchword.guards.django.views import admitted
from watchword.guards.step_up import demand

__all__ = ["NinjaBearer", "answer_refusals"]

API = TypeVar("API", bound=NinjaAPI)
_SITE: object = "site"  # whose tokens a declaration is about: there is one guard in a process


class NinjaBearer(Proof, HttpBearer):
    """Believes the token in the Authorization header, and nothing else: for `auth=`.

    The operation finds the person as `request.auth.user` and the subject of decisions as
    `request.subject`.

    Args:
        scopes: all of them are needed.
        acr: the level of the login, such as "aal2" for two factors.
        max_age: how long ago the login may be, such as "5m".
        fresh: another word for `max_age`.

    Raises:
        ValueError: a scope is a word that no token can have, or a demand that no login can meet.
    """

    def __init__(
        self,
        *scopes: str,
        acr: str | None = None,
        max_age: Duration | None = None,
        fresh: Duration | None = None,
    ) -> None:
        super().__init__()
        check_scopes(scopes)
        asked = demand(acr, max_age, fresh)
        self.declaration = Declaration(_SITE, Access.REQUIRED, scopes, asked=asked)

    def __call__(self, request: HttpRequest) -> Caller:
        """Return the `Caller`; an asynchronous operation asks for it in a thread.

        Raises:
            BearerError, TokenError, KeysUnavailable: as a view behind `required`.
        """
        site = current()
        caller = admitted(request, site.authenticate(request))
        self.declaration.check_scopes(caller.found)
        self.declaration.check_rest(caller.found, dict, site.core.clock.now())
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller:  # noqa: ARG002  # Ninja's signature
        """Do as a call: the guard reads the header itself."""
        return self(request)


def answer_refusals(api: API) -> API:
    """Have refusals of an API leave as everywhere in the site, also where DEBUG is on.

    Ninja by itself shows a trace in the place of every exception that it does not know.
    """
    for root in REFUSALS:
        api.add_exception_handler(root, _answered)
    return api


def _answered(request: HttpRequest, refusal: Any) -> HttpResponse:
    return refused(request, refusal)
