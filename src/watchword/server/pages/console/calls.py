"""What a page did or would do, as a line that calls the management API.

Lines are shown where the server serves that API, to whoever may change what the page is about.

Source: users.md U40.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from watchword.accounts.administration.audit import AuditAction, AuditEntry
from watchword.accounts.administration.roles import Assignment, Suspension
from watchword.accounts.administration.shares import StoredShare
from watchword.accounts.users import User
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import KeptClient
from watchword.server.administration.desk import Desk
from watchword.server.calls import Argument, Call, CurlLine

__all__ = [
    "WHY",
    "calls_of",
    "of_act",
    "of_change",
    "of_client",
    "of_new_client",
    "of_new_user",
    "of_role",
    "of_share",
    "of_user",
    "told_of",
]

WHY = "..."  # where nobody has said yet why something is done

_ACTS: Mapping[str, str] = MappingProxyType(
    {
        "suspend": "suspend_user",
        "resume": "resume_user",
        "take": "take_role",
        "end-sessions": "end_sessions",
        "link": "make_link",
        "reset-factors": "reset_factors",
        "delete": "delete_user",
    }
)


def calls_of(desk: Desk, calls: Iterable[Call]) -> list[CurlLine]:
    """Return the lines of calls that the API takes; none where it is not served."""
    write = desk.runtime.write_curl
    return [] if write is None else [line for line in map(write, calls) if line is not None]


async def told_of(target: str, desk: Desk) -> list[AuditEntry]:
    """Return what the log says of a target, newest first: its lines say the reasons given there.

    It is empty where no line is shown, or where somebody may not look at the log.
    """
    if desk.runtime.write_curl is None or not desk.may("read", "audit"):
        return []
    entries = await desk.store.list_audit(target=target)
    return [one for one in entries if isinstance(one, AuditEntry)]


def of_new_user() -> Call:
    """Return what adds a user whose name nobody has said yet."""
    return Call("add_user", {"name": WHY, "reason": WHY})


def of_user(
    user: User,
    given: Iterable[Assignment],
    suspension: Suspension | None,
    told: Sequence[AuditEntry],
) -> Iterator[Call]:
    """Yield what makes a user as it stands, with the reasons that were given."""
    yield Call("add_user", {"name": user.name, "reason": _why(AuditAction.USER_ADDED, told)})
    for one in given:
        arguments: dict[str, Argument] = {"user_id": user.id, "role": one.role}
        yield Call("give_role", {**arguments, "reason": one.reason or WHY})
    if suspension is not None:
        why = suspension.reason or WHY
        yield Call("suspend_user", {"user_id": user.id, "reason": why})


def of_act(act: str, user: User, role: str) -> Call:
    """Return what does the same as an act about a user, of those that have a page."""
    arguments: dict[str, Argument] = {"user_id": user.id, "reason": WHY}
    return Call(_ACTS[act], {**arguments, "role": role} if act == "take" else arguments)


def of_role(
    role: str, meaning: str, included: Iterable[str], told: Sequence[AuditEntry]
) -> Iterator[Call]:
    """Yield what writes a role down, with what it includes."""
    why = _why(AuditAction.ROLE_ADDED, told)
    yield Call("put_role", {"role": role, "meaning": meaning, "reason": why})
    for name in included:
        about = [one for one in told if one.deed.detail.get("inherits") == name]
        why = _why(AuditAction.ROLE_INHERITS, about)
        yield Call("add_inheritance", {"role": role, "included": name, "reason": why})


def of_share(stored: StoredShare) -> Call:
    """Return what shares the same."""
    share = stored.share
    arguments: dict[str, Argument] = {
        "resource_type": share.resource_type,
        "resource_id": share.resource_id,
        "relation": share.relation,
        "holder_kind": share.holder_kind,
        "holder": share.holder,
        "reason": stored.reason or WHY,
    }
    if stored.expires_at is not None:
        arguments["expires_at"] = stored.expires_at
    return Call("add_share", arguments)


def of_client(kept: KeptClient, told: Sequence[AuditEntry]) -> Iterator[Call]:
    """Yield what adds such an application, and what switches it off, or on again."""
    client = kept.client
    if client.origin is ClientOrigin.ADMINISTRATOR and client.jwks is None:
        why = _why(AuditAction.CLIENT_ADDED, told)
        yield Call("add_client", {"id": client.client_id, **_said_of(client), "reason": why})
    operation = "disable_client" if kept.is_active else "enable_client"
    yield Call(operation, {"client_id": client.client_id, "reason": WHY})


def of_change(client: Client) -> Call:
    """Return what says of an application what it is, to be written over."""
    said = _changeable(client)
    return Call("change_client", {"client_id": client.client_id, **said, "reason": WHY})


def of_new_client() -> Call:
    """Return what adds an application, to be filled in."""
    arguments: dict[str, Argument] = {"name": WHY, "redirect_uris": [WHY], "is_confidential": True}
    return Call("add_client", {**arguments, "reason": WHY})


def _why(action: AuditAction, told: Iterable[AuditEntry]) -> str:
    """Return the reason that was given for an act when it was done last."""
    reasons = (one.author.reason for one in told if one.deed.action is action)
    return next(filter(None, reasons), WHY)


def _said_of(client: Client) -> dict[str, Argument]:
    said: dict[str, Argument] = {
        **_changeable(client),
        "is_first_party": client.is_first_party,
        "is_confidential": client.secret_hash is not None,
        "grant_types": sorted(client.grant_types),
        "require_pkce": client.requires_pkce,
    }
    if client.is_first_party and not client.redirect_uris:
        del said["grant_types"]  # those of everybody: it logs people in by itself
    return said | ({"jwks_uri": client.jwks_uri} if client.jwks_uri else {})


def _changeable(client: Client) -> dict[str, Argument]:
    said: dict[str, Argument] = {"name": client.name, "redirect_uris": list(client.redirect_uris)}
    if client.post_logout_redirect_uris:
        said["post_logout_redirect_uris"] = list(client.post_logout_redirect_uris)
    return said | ({"scopes": sorted(client.scopes)} if client.scopes is not None else {})
