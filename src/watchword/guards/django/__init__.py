"""Django and its REST framework: views, models, permissions and the admin site ask one policy.

Owns the reading of the setting WATCHWORD, the middleware, decorators and classes that a Django site
names. Implements access.md section 4.3, G1 to G5 and security.md rules 80 to 93 for Django. Names
are loaded when asked for: models import the manager while Django is still being set up, and the
REST framework is needed only by those who use its classes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchword.guards.django import session as session
    from watchword.guards.django.admin import PolicyAdmin as PolicyAdmin
    from watchword.guards.django.backend import PolicyBackend as PolicyBackend
    from watchword.guards.django.bodies import InvalidRequest as InvalidRequest
    from watchword.guards.django.caller import Caller as Caller
    from watchword.guards.django.caller import GuardedRequest as GuardedRequest
    from watchword.guards.django.manager import AccessManager as AccessManager
    from watchword.guards.django.manager import AccessQuerySet as AccessQuerySet
    from watchword.guards.django.middleware import BearerMiddleware as BearerMiddleware
    from watchword.guards.django.ninja import NinjaBearer as NinjaBearer
    from watchword.guards.django.ninja import answer_refusals as answer_refusals
    from watchword.guards.django.rest import BearerAuthentication as BearerAuthentication
    from watchword.guards.django.rest import PolicyFilter as PolicyFilter
    from watchword.guards.django.rest import PolicyPermission as PolicyPermission
    from watchword.guards.django.views import may as may
    from watchword.guards.django.views import optional as optional
    from watchword.guards.django.views import public as public
    from watchword.guards.django.views import required as required

_PLACES = {
    "AccessManager": "manager",
    "AccessQuerySet": "manager",
    "BearerAuthentication": "rest",
    "BearerMiddleware": "middleware",
    "Caller": "caller",
    "GuardedRequest": "caller",
    "InvalidRequest": "bodies",
    "NinjaBearer": "ninja",
    "PolicyAdmin": "admin",
    "PolicyBackend": "backend",
    "PolicyFilter": "rest",
    "PolicyPermission": "rest",
    "answer_refusals": "ninja",
    "may": "views",
    "optional": "views",
    "public": "views",
    "required": "views",
}
_MODULES = frozenset({"session"})

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
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
