"""The guard of a Django site: made from its settings when the first request asks for it.

Source: access.md section 4.3; security.md rules 80 to 83.
"""

import threading
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from django.utils.module_loading import import_string

from watchword.access import Context, Policy, Subject
from watchword.guards.answers import Answer
from watchword.guards.core import Core
from watchword.guards.django.caller import Caller
from watchword.guards.django.routes import Survey
from watchword.guards.django.settings import BringsServer, Site, read
from watchword.guards.presented import Presented
from watchword.guards.routes import RouteAccess
from watchword.guards.user import ADMIN_ROLE

__all__ = ["PROVED", "SiteGuard", "caller_of", "current", "forget", "response_of"]

PROVED = "watchword_proved"  # on a user of Django's: the subject that a token or a session proved
_KEPT = "_watchword_caller"
_MAKING = threading.RLock()


class SiteGuard:
    """Guards one site.

    Args:
        site: what its settings say.
    """

    def __init__(self, site: Site) -> None:
        self.core = Core(site.issuer, site.audience, site.options)
        self.core.seal()
        self._identify = site.identify
        self.served = site.served
        """The server in the process, if the site has it there."""

    @cached_property
    def survey(self) -> Survey:
        """The routes of the site, walked once."""
        survey = Survey(get_resolver(), self.core.public)
        self.core.ask(survey.scopes)
        return survey

    def routes(self) -> tuple[RouteAccess, ...]:
        """Return every route of the site with what it declares (access.md G4)."""
        return self.survey.routes

    @property
    def policy(self) -> Policy:
        """The rules. Raises ImproperlyConfigured when the site names none."""
        if self.core.policy is None:
            raise ImproperlyConfigured(
                "this needs WATCHWORD['POLICY'], such as 'notes.policy.policy'"
            )
        return self.core.policy

    @property
    def circumstances(self) -> Context | None:
        """What every part of this guard tells the policy: the time, where it is declared."""
        return self.core.circumstances.of(None)

    def authenticate(self, request: HttpRequest) -> Caller:
        """Prove who sends a request, once for each. Raises what `Authenticator` does."""
        kept = caller_of(request)
        if kept is None:
            found = self.core.authenticator.authenticate_blocking(self._presented(request))
            kept = _keep(request, Caller(found, self.core.subject(found)))
        return kept

    async def aauthenticate(self, request: HttpRequest) -> Caller:
        """Do as `authenticate`, on an event loop."""
        kept = caller_of(request)
        if kept is None:
            found = await self.core.authenticator.authenticate(self._presented(request))
            kept = _keep(request, Caller(found, self.core.subject(found)))
        return kept

    def subject_of_account(self, account: Any) -> Subject | None:
        """Return the subject of one of Django's own users; None for one who may do nothing.

        Without the key IDENTIFY it has the primary key as its id and the names of its groups as its
        roles. A superuser has the role `admin` too, and an inactive account is suspended. Of an
        account that was proved by a token or a session it reaches no further than these do.
        """
        found = self._subject_of_row(account)
        proved = getattr(account, PROVED, None)
        if found is None or proved is None:
            return found
        return replace(found, scopes=proved.scopes, act=proved.act, acr=proved.acr)

    def _subject_of_row(self, account: Any) -> Subject | None:
        if self._identify is not None:
            return self._identify(account)
        if not account.is_authenticated:
            return None
        roles = {*account.groups.values_list("name", flat=True)}
        if account.is_superuser:
            roles.add(ADMIN_ROLE)
        return self.policy.subject(str(account.pk), roles=roles, suspended=not account.is_active)

    def _presented(self, request: HttpRequest) -> Presented:
        fields = {name.lower(): (value,) for name, value in request.headers.items()}
        return self.core.presented(
            fields,
            method=request.method or "",
            path=request.get_full_path().partition("?")[0],
            query=request.META.get("QUERY_STRING", "").encode("utf-8", "surrogateescape"),
        )


def current() -> SiteGuard:
    """Return the guard of the site. Many first requests make one, with one server.

    Raises:
        ImproperlyConfigured: the setting WATCHWORD is at fault.
        PolicyError: the policy cannot mean what its author wants.
    """
    with _MAKING:
        return _made()


@cache
def _made() -> SiteGuard:
    middleware = [import_string(path) for path in settings.MIDDLEWARE]
    if not any(getattr(each, "looks_at_routes", False) for each in middleware):
        raise ImproperlyConfigured(
            "MIDDLEWARE lacks 'watchword.django.BearerMiddleware', which looks at every route"
        )
    setting = getattr(settings, "WATCHWORD", None)
    bringing = [each for each in apps.get_app_configs() if isinstance(each, BringsServer)]
    return SiteGuard(bringing[0].site(setting) if bringing else read(setting))


def forget() -> None:
    """Have the next request make another guard, for tests that change what a site says."""
    _made.cache_clear()


def response_of(answer: Answer) -> HttpResponse:
    """Return the answer as Django sends it."""
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def caller_of(request: HttpRequest) -> Caller | None:
    """Return who was proved to send a request; None as long as nobody was."""
    return cast("Caller | None", getattr(request, _KEPT, None))


def _keep(request: HttpRequest, caller: Caller) -> Caller:
    setattr(request, _KEPT, caller)
    return caller


def _forget(*, setting: str, **_: object) -> None:
    if setting in {"WATCHWORD", "ROOT_URLCONF", "INSTALLED_APPS"}:
        forget()


setting_changed.connect(_forget)  # sent by Django's test tools alone
