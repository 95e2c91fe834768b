"""Django: views, models, the REST framework and the admin site under one policy.

    MIDDLEWARE += ["watchword.django.BearerMiddleware"]
    WATCHWORD = {"ISSUER": "https://id.example.com", "AUDIENCE": "notes"}

    @required("notes:read")
    def notes(request):
        return JsonResponse({"owner": request.auth.user.name})

Without ISSUER the whole server is inside the site:

    INSTALLED_APPS += ["watchword.django"]
    urlpatterns += [path("auth/", include("watchword.django.urls"))]

Source: access.md section 4.3; users.md section 5.
"""

from typing import TYPE_CHECKING

from watchword.guards import django as _guards

if TYPE_CHECKING:
    from watchword.guards.django import (
        AccessManager,
        AccessQuerySet,
        BearerAuthentication,
        BearerMiddleware,
        Caller,
        GuardedRequest,
        InvalidRequest,
        NinjaBearer,
        PolicyAdmin,
        PolicyBackend,
        PolicyFilter,
        PolicyPermission,
        answer_refusals,
        may,
        optional,
        public,
        required,
        session,
    )

__all__ = [
    "AccessManager",
    "AccessQuerySet",
    "BearerAuthentication",
    "BearerMiddleware",
    "Caller",
    "GuardedRequest",
    "InvalidRequest",
    "NinjaBearer",
    "PolicyAdmin",
    "PolicyBackend",
    "PolicyFilter",
    "PolicyPermission",
    "answer_refusals",
    "may",
    "optional",
    "public",
    "required",
    "session",
]


def __getattr__(name: str) -> object:
    """Load a name when it is asked for."""
    return getattr(_guards, name)
