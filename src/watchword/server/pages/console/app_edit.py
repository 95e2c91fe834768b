"""Add an application, and say anew what one is: the same fields on two pages.

A secret stands in the answer to the form that makes it and nowhere else. The id of an application
is made with the form that adds it, so that a form which is sent twice adds one.

Source: users.md U36, U40, U42 and U43; oauth.md C-1 and S-2; security.md rules 43, 61, 95 and 100.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from watchword.base.chance import is_id, new_id, new_secret
from watchword.base.records import dataclass
from watchword.oauth.registration.administration import KeptClient
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.register import CLIENT_ID_PREFIX
from watchword.server.administration import clients
from watchword.server.administration.desk import Desk
from watchword.server.errors import NotPossible
from watchword.server.languages import Message
from watchword.server.pages.account.frame import Form, Member, go
from watchword.server.pages.console.app import PATH, asked, at, is_changeable, page, page_after
from watchword.server.pages.console.app_form import (
    KINDS,
    Typed,
    changes_in,
    errors_in,
    members_in,
    said_of,
    typed_in,
)
from watchword.server.pages.console.calls import calls_of, of_change, of_new_client
from watchword.server.pages.console.frame import (
    NO_REASON,
    form_of,
    long_form_page_of,
    reason_in,
    show_console,
)
from watchword.server.pages.console.offer import done
from watchword.server.pages.problem import not_found_page

__all__ = ["add_client", "change_client", "show_changes", "show_new_client"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose form it is: of an application that is kept, or of one that gets this id."""

    client_id: str
    kept: KeptClient | None


async def _show_new(request: Request, desk: Desk, member: Member) -> Response:  # noqa: ARG001  # all pages have one shape
    """Answer `GET /admin/apps/add`."""
    if not desk.may("create", "client"):
        return not_found_page(member.guest.site)
    subject = Subject(new_id(desk.runtime.chance, CLIENT_ID_PREFIX), None)
    return _show(Typed(), subject, desk, member)


async def _add(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/apps/add`: the one time that a secret is shown."""
    desk.permit("create", "client")
    typed, reason = typed_in(form), reason_in(form)
    subject = Subject(form.get("client_id", ""), None)
    if not is_id(subject.client_id, CLIENT_ID_PREFIX):
        return not_found_page(member.guest.site)
    if reason is None:
        return _show(typed, subject, desk, member, errors={"reason": NO_REASON})
    secret = new_secret(desk.runtime.chance) if KINDS[typed.kind].has_secret else None
    try:
        added = await clients.add(
            typed.name,
            members_in(typed),
            reason,
            desk,
            client_id=subject.client_id,
            secret=secret,
        )
    except ClientRefused as error:
        return _refused(error, typed, subject, desk, member)
    except NotPossible:  # the form came twice
        return await done(desk, member, at(subject.client_id), is_changed=False)
    if secret is None:
        return await done(desk, member, at(added))
    return await page(await clients.find(added, desk), desk, member, secret=secret)


async def _show_changes(request: Request, desk: Desk, member: Member) -> Response:
    """Answer `GET /admin/apps/change?id=...`."""
    if not desk.may("update", "client"):
        return not_found_page(member.guest.site)
    kept = await asked(request.query_params.get("id"), desk)
    if kept is None:
        return go(member, PATH)
    if not is_changeable(kept):
        return not_found_page(member.guest.site)
    return _show(said_of(kept.client), Subject(kept.client.client_id, kept), desk, member)


async def _change(form: Form, desk: Desk, member: Member) -> Response:
    """Answer `POST /admin/apps/change`."""
    desk.permit("update", "client")
    kept = await asked(form.get("client_id"), desk)
    if kept is None or not is_changeable(kept):
        return not_found_page(member.guest.site)
    typed, reason = typed_in(form), reason_in(form)
    client_id = kept.client.client_id
    subject = Subject(client_id, kept)
    if reason is None:
        return _show(typed, subject, desk, member, errors={"reason": NO_REASON})
    changes = changes_in(typed, kept.client)
    if not changes:
        return await done(desk, member, at(client_id), is_changed=False)
    try:
        await clients.change(client_id, changes, reason, desk)
    except ClientRefused as error:
        return _refused(error, typed, subject, desk, member)
    return await done(desk, member, at(client_id))


show_new_client = long_form_page_of("client", _show_new)
add_client = form_of("client", _add)
show_changes = long_form_page_of("client", _show_changes)
change_client = form_of("client", _change, page=page_after)


def _refused(
    error: ClientRefused, typed: Typed, subject: Subject, desk: Desk, member: Member
) -> Response:
    """Show the form with the sentence beside its field, or above all where it has no such field."""
    errors = errors_in(error, typed)
    problem = None if errors else f"{error}. {error.fix}."
    return _show(typed, subject, desk, member, errors=errors, problem=problem)


def _show(
    typed: Typed,
    subject: Subject,
    desk: Desk,
    member: Member,
    *,
    errors: Mapping[str, str | Message] | None = None,
    problem: str | None = None,
) -> Response:
    kept, is_refused = subject.kept, bool(errors or problem)
    values = {
        "typed": typed,
        "client_id": subject.client_id,
        "kept": kept,
        "kinds": KINDS,
        "errors": errors or {},
        "problem": problem,
        "has_errors": is_refused,
        "calls": calls_of(desk, [of_new_client() if kept is None else of_change(kept.client)]),
    }
    status = 400 if is_refused else 200
    return show_console(member, "app_edit.html", values, here=PATH, status=status)
