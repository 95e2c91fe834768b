"""Django REST framework: views whose lists, rows, proposals and results are judged by the policy.

    class NoteViewSet(ModelViewSet):
        queryset, serializer_class = Note.objects.all(), NoteSerializer
        authentication_classes = [BearerAuthentication]
        permission_classes, filter_backends = [PolicyPermission], [PolicyFilter]

The framework asks permissions before it knows what a request would write (its issues 1103 and
6082). So the permission stands around `perform_create` and `perform_update`: what they have written
is judged inside of a transaction, which a refusal rolls back. A view that writes without calling
these methods asks the policy by itself.

Source: access.md section 4.3, section 5 (S7), section 8 (G1 to G5).
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import models, router, transaction
from django.http import Http404
from rest_framework.authentication import BaseAuthentication
from rest_framework.filters import BaseFilterBackend
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from watchword.access import Policy, Subject
from watchword.access.refusals import refusal, refused_fields
from watchword.guards.django.account import account_of
from watchword.guards.django.caller import Caller
from watchword.guards.django.guard import current
from watchword.guards.django.manager import allowed
from watchword.guards.django.permissions import is_allowed
from watchword.guards.django.routes import Judge, Proof
from watchword.oauth.bearer import TokenMissing

__all__ = ["BearerAuthentication", "PolicyFilter", "PolicyPermission", "TokenAccount"]

_BY_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "read",
        "retrieve": "read",
        "metadata": "read",
        "create": "create",
        "update": "update",
        "partial_update": "update",
        "destroy": "delete",
    }
)
_BY_METHOD: Final[Mapping[str, str]] = MappingProxyType(
    {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
)


class TokenAccount:
    """The person of a token as `request.user`: one who is known here by the token alone.

    Args:
        caller: what the token proved.
    """

    is_authenticated = is_active = True
    is_anonymous = is_staff = is_superuser = False

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.pk = self.id = caller.user.id

    def get_username(self) -> str:
        """Return the name for people."""
        return self.caller.user.name

    __str__ = get_username

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Tell whether the policy allows an action; see `PolicyBackend`."""
        return is_allowed(self.caller.subject, perm, obj)

    def has_perms(self, perms: Iterable[str], obj: models.Model | None = None) -> bool:
        """Tell whether the policy allows each of several actions."""
        return all(self.has_perm(perm, obj) for perm in perms)


class BearerAuthentication(Proof, BaseAuthentication):
    """Believes the token in the Authorization header, and nothing else."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """Return the person and the `Caller`; None where no token was sent.

        The person is Django's user, where accounts follow Django's table.
        """
        plain = request._request  # noqa: SLF001 - the framework offers no other way to it
        try:
            caller = current().authenticate(plain)
        except TokenMissing:
            return None
        plain.subject = caller.subject  # type: ignore[attr-defined]  # see GuardedRequest
        plain.circumstances = current().circumstances  # type: ignore[attr-defined]  # as above
        return account_of(caller.user.id, caller.subject) or TokenAccount(caller), caller

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the challenge for refusals of the framework's own."""
        answer = current().core.answer(TokenMissing())
        return dict(answer.headers)["WWW-Authenticate"]


class PolicyPermission(Judge, BasePermission):
    """Asks the policy: before a row is loaded, about the row, and about what was written.

    The action is read, create, update or delete, by the view's own action or the method. Another
    action of a view set is asked for by its name, or by what `policy_actions` of the view makes
    of it: `policy_actions = {"publish": "update"}`.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Refuse what no row can change, and stand around what the view writes."""
        me = _subject(request)
        if getattr(view, "_ignore_model_permissions", False):  # the root of a router
            return True
        policy, model = current().policy, _model(view)
        action = _action(policy, request, view)
        if _is_detail(view) or action != "read":
            policy.preflight(me, action, model, current().circumstances)
        _stand_around(view, policy, me, action)
        return True

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        """Refuse an action on a row. Raises NotFound or Forbidden."""
        policy, ctx = current().policy, current().circumstances
        policy.require(_subject(request), _action(policy, request, view), obj, ctx)
        return True


class PolicyFilter(BaseFilterBackend):
    """Narrows a view's rows to those that may be read; the list of a refused subject is empty."""

    def filter_queryset(
        self,
        request: Request,
        queryset: "models.QuerySet[Any]",
        view: APIView,  # noqa: ARG002 - the framework's signature
    ) -> "models.QuerySet[Any]":
        """Return the rows that may be read."""
        condition = allowed(_subject(request), "read", queryset.model)
        return queryset.filter(condition)


def _subject(request: Request) -> Subject:
    caller = request.auth
    if not isinstance(caller, Caller):
        raise TokenMissing
    return caller.subject


def _model(view: Any) -> type[models.Model]:
    rows = getattr(view, "queryset", None)
    if rows is None:
        if not hasattr(view, "get_queryset"):
            raise ImproperlyConfigured(
                f"{type(view).__name__} has no queryset for PolicyPermission to know the model by"
            )
        rows = view.get_queryset()
    return cast("type[models.Model]", rows.model)


def _action(policy: Policy, request: Request, view: Any) -> str:
    name = getattr(view, "action", None)
    if name is None:
        return _BY_METHOD.get(request.method or "", "read")
    action = getattr(view, "policy_actions", {}).get(name, _BY_NAME.get(name, name))
    if action not in policy.words.actions:
        raise ImproperlyConfigured(
            f"the policy has no action {action!r}: declare it, or say which one {name!r} is in "
            f"{type(view).__name__}.policy_actions"
        )
    return cast("str", action)


def _is_detail(view: Any) -> bool:
    detail = getattr(view, "detail", None)
    if detail is not None:
        return bool(detail)
    key = getattr(view, "lookup_url_kwarg", None) or getattr(view, "lookup_field", "pk")
    return key in view.kwargs


def _stand_around(view: Any, policy: Policy, me: Subject, action: str) -> None:
    """Put judgement around what the view loads and writes, once for each request."""
    if vars(view).get("_watchword_around"):  # the browsable API asks for several methods
        return
    view._watchword_around = True  # noqa: SLF001 - of this module
    if hasattr(view, "get_object"):
        view.get_object = _hiding(view.get_object, policy, me, action)
    if hasattr(view, "perform_create"):
        view.perform_create = _judged_proposal(view.perform_create, policy, me)
    if hasattr(view, "perform_update"):
        changing = action if action != "read" else "update"
        view.perform_update = _judged_change(view.perform_update, policy, me, changing)


def _hiding(load: Callable[[], Any], policy: Policy, me: Subject, action: str) -> Callable[[], Any]:
    """Answer an absent row like a hidden one (G1)."""

    @wraps(load)
    def loaded() -> Any:
        with suppress(Http404):
            return load()
        return policy.require(me, action, None, current().circumstances)

    return loaded


def _judged_proposal(
    write: Callable[[Any], None], policy: Policy, me: Subject
) -> Callable[[Any], None]:
    @wraps(write)
    def judged(serializer: Any) -> None:
        with transaction.atomic(using=_database(serializer)):
            write(serializer)
            many = isinstance(serializer.instance, list)
            objects = serializer.instance if many else [serializer.instance]
            sent = serializer.validated_data if many else [serializer.validated_data]
            for obj, values in zip(objects, sent, strict=True):
                _check_result(policy, me, "create", obj)
                given = {name for name, value in _columns(obj, values) if value is not None}
                _check_fields(policy, me, "create", obj, given)

    return judged


def _judged_change(
    write: Callable[[Any], None], policy: Policy, me: Subject, action: str
) -> Callable[[Any], None]:
    @wraps(write)
    def judged(serializer: Any) -> None:
        obj = serializer.instance
        pairs = _columns(obj, serializer.validated_data)
        changed = {name for name, value in pairs if getattr(obj, name) != value}
        _check_fields(policy, me, action, obj, changed)
        with transaction.atomic(using=_database(serializer)):
            write(serializer)
            _check_result(policy, me, action, serializer.instance)

    return judged


def _check_result(policy: Policy, me: Subject, action: str, obj: Any) -> None:
    decision = policy.decide(me, action, obj, current().circumstances)
    if not decision.allowed:
        raise refusal(decision, policy.plans[type(obj), action])


def _check_fields(policy: Policy, me: Subject, action: str, obj: Any, given: set[str]) -> None:
    ctx = current().circumstances
    beyond = given - policy.fields(me, action, obj, ctx)
    if beyond:
        raise refused_fields(policy.decide(me, action, obj, ctx), beyond)


def _columns(obj: models.Model, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a serializer sets, by column: rows of other models are their keys."""
    fields = {field.name: field for field in obj._meta.concrete_fields}  # noqa: SLF001 - Django's documented name
    return [
        (
            fields[name].attname,
            getattr(value, fields[name].target_field.attname)  # type: ignore[attr-defined]  # of keys
            if isinstance(value, models.Model)
            else value,
        )
        for name, value in values.items()
        if name in fields
    ]


def _database(serializer: Any) -> str:
    meta = getattr(serializer, "Meta", getattr(getattr(serializer, "child", None), "Meta", None))
    return "default" if meta is None else router.db_for_write(meta.model)
