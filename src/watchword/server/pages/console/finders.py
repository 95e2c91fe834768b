"""What one search looks through: each kind of thing with who may see it and how it is found.

Stored things are found by an index, by how their name, address or id begins, or by the whole id;
applications by a part of the name among a bounded number; roles, rules, settings and pages, of
which there are few, by a part of any word.

Source: users.md U40; decisions/0240 and 0284.
"""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import quote, urlencode

from watchword.accounts.administration.shares import Share
from watchword.accounts.search import EVENT_ID_PREFIX
from watchword.accounts.sessions import SID_PREFIX
from watchword.accounts.users import User, canonical_name
from watchword.base.chance import is_id
from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.server.administration.desk import Desk
from watchword.server.administration.scopes import Thing
from watchword.server.device import device_of
from watchword.server.languages import N_, say
from watchword.server.pages.account.frame import Member
from watchword.server.pages.console.happenings import happenings

__all__ = ["FOUND_MAX", "KINDS", "Hit", "Kind"]

FOUND_MAX = 10  # of each kind
# Read from where a text begins on. In the order of some databases other names come in between.
READ_MAX = 5 * FOUND_MAX
WHOSE = {"server": N_("Rules of this server"), "application": N_("Rules of the application")}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    title: str
    path: str | None  # of the page that tells more
    facts: tuple[str, ...] = ()


Find = Callable[[str, Desk, Member], Awaitable[Iterable[Hit]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing: its name and icon, what somebody must be able to see, how it is found."""

    title: str
    icon: str
    thing: Thing
    find: Find  # yields the best first, and need not stop at `FOUND_MAX`


async def _users(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # all finders have one shape
    store, name = desk.store, _canonical(wanted)
    exact = (await store.find_user(name), await store.read_user(wanted))
    following = await store.page_users(after=name, limit=READ_MAX)
    found = [_user(one) for one in exact if one is not None]
    found += [_user(one) for one in following if one.name.startswith(name)]
    addressed = await store.find_addresses(wanted.lower(), limit=READ_MAX)
    return _once((*found, *(_user(one, address) for address, one in addressed)))


async def _apps(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    store = desk.store
    exact = await store.find_kept_client(wanted)
    following = await store.page_clients(after=wanted, limit=READ_MAX)
    found = [(one.client.client_id, one.client.name) for one in (exact, *following) if one]
    begun = [one for one in found if one[0].startswith(wanted)]
    named = await store.find_named_clients(wanted, limit=READ_MAX)
    return _once(
        Hit(name, f"/admin/apps?{urlencode({'id': client_id})}", (client_id,))
        for client_id, name in (*begun, *named)
    )


async def _roles(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # sqlalchemy.orm

    written = dict(await desk.store.list_role_meanings())
    in_rules = {name for book in rulebooks(desk) for name in book.policy.words.shape.roles}
    meanings = {name: written.get(name, "") for name in sorted({*written, *in_rules})}
    return (
        Hit(name, f"/admin/access/roles/{quote(name, safe='')}", (meaning,) if meaning else ())
        for name, meaning in meanings.items()
        if _is_in(wanted, name, meaning)
    )


async def _rules(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    from watchword.server.administration.questions import rulebooks  # noqa: PLC0415  # as above

    found: list[Hit] = []
    for number, book in enumerate(rulebooks(desk), 1):
        path = f"/admin/access/rules#book-{number}"
        whose = say(WHOSE[book.rules.value])
        words = (*sorted(book.policy.words.actions), *book.types)
        found += [Hit(word, path, (whose,)) for word in words if _is_in(wanted, word)]
        found += [
            Hit(rule.text, path, (rule.id, whose))
            for rule in book.policy.rules
            if _is_in(wanted, rule.text, rule.id)
        ]
    return _once(found)


async def _resources(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    resources = await desk.store.list_resources()
    named = (
        Hit(one.identifier, None, tuple(name for name, _ in one.scopes))
        for one in resources
        if _is_in(wanted, one.identifier)
    )
    reached = (
        Hit(name, None, (meaning, one.identifier))
        for one in resources
        for name, meaning in one.scopes
        if _is_in(wanted, name, meaning)
    )
    return (*named, *reached)


async def _shares(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    thing, _, thing_id = wanted.partition(" ")
    found = await desk.store.list_shares(thing, thing_id.strip() or None, limit=READ_MAX)
    return (
        Hit(
            f"{one.share.resource_type} {one.share.resource_id}",
            f"/admin/access?{_thing(one.share)}",
            (one.share.relation, one.share.holder),
        )
        for one in found
    )


async def _sessions(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    found = (
        await desk.store.find_owned_session(wanted, now=desk.now)
        if is_id(wanted, SID_PREFIX)
        else None
    )
    if found is None:
        return ()
    device = say(device_of(found.session.origin.device).label)
    return (Hit(found.user_name, f"/admin/sessions?{urlencode({'q': wanted})}", (device, wanted)),)


async def _refusals(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    found = await desk.store.find_trace(wanted)
    if found is None:
        return ()
    title = say(REASONS[found.code].title) if found.code in REASONS else found.code
    path = f"/admin/refusals?{urlencode({'id': wanted})}"
    return (Hit(title, path, (found.endpoint, wanted)),)


async def _events(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:
    is_an_id = wanted.startswith(f"{EVENT_ID_PREFIX}_")
    found = await desk.store.find_event(wanted) if is_an_id else None
    if found is None:
        return ()
    (told,) = await happenings((found,), desk, member)
    whose = told.user_id or ""
    path = f"/admin/events?{urlencode({'q': whose})}" if whose else "/admin/events"
    facts = (told.name or whose, told.entry.when.words)
    return (Hit(say(told.entry.sentence), path, tuple(filter(None, facts))),)


async def _keys(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    return (
        Hit(one.kid, "/admin/keys", (one.alg, one.state.value))
        for one in await desk.store.list_signing_keys()
        if one.kid.startswith(wanted)
    )


async def _settings(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    from watchword.server.settings_meanings import MEANINGS  # noqa: PLC0415  # texts for few pages

    meanings = {key: meaning.replace("`", "") for key, meaning in MEANINGS.items()}
    named = [key for key in meanings if _is_in(wanted, key)]
    meant = [key for key in meanings if key not in named and _is_in(wanted, meanings[key])]
    return (Hit(key, f"/admin/settings#{key}", (meanings[key],)) for key in (*named, *meant))


PAGES: tuple[tuple[str, str, Thing], ...] = (
    ("/admin", N_("Overview"), "audit"),
    ("/admin/users", N_("Users"), "user"),
    ("/admin/access", N_("Access"), "role"),
    ("/admin/access/rules", N_("Rules"), "policy"),
    ("/admin/access/ask", N_("Ask why"), "policy"),
    ("/admin/apps", N_("Applications"), "client"),
    ("/admin/sessions", N_("Sessions"), "session"),
    ("/admin/keys", N_("Keys"), "key"),
    ("/admin/events", N_("Events"), "audit"),
    ("/admin/events?show=sign-ins", N_("Sign-ins"), "audit"),
    ("/admin/refusals", N_("Refused requests"), "audit"),
    ("/admin/log", N_("Changes"), "audit"),
    ("/admin/tools", N_("Tools"), "audit"),
    ("/admin/settings", N_("Settings"), "setting"),
    ("/inspect", N_("Look into a token"), "audit"),
)


async def _pages(wanted: str, desk: Desk, member: Member) -> Iterable[Hit]:  # noqa: ARG001  # as above
    return (
        Hit(say(label), path)
        for path, label, thing in PAGES
        if desk.may("read", thing) and _is_in(wanted, label, say(label))
    )


KINDS = (
    Kind(N_("Pages"), "sheet", "audit", _pages),
    Kind(N_("Users"), "person", "user", _users),
    Kind(N_("Applications"), "apps", "client", _apps),
    Kind(N_("Roles"), "gate", "role", _roles),
    Kind(N_("Rules"), "check", "policy", _rules),
    Kind(N_("Resources"), "code", "policy", _resources),
    Kind(N_("Shares"), "people", "share", _shares),
    Kind(N_("Sessions"), "devices", "session", _sessions),
    Kind(N_("Refused requests"), "alert", "audit", _refusals),
    Kind(N_("Events"), "pulse", "audit", _events),
    Kind(N_("Keys"), "key", "key", _keys),
    Kind(N_("Settings"), "terminal", "setting", _settings),
)


def _user(one: User, address: str | None = None) -> Hit:
    facts = (say(N_("Suspended")),) if not one.is_active else ()
    return Hit(one.name, f"/admin/users/{one.id}", (*((address,) if address else ()), *facts))


def _thing(share: Share) -> str:
    return urlencode({"type": share.resource_type, "id": share.resource_id})


def _canonical(wanted: str) -> str:
    """Return how a name that begins so is stored, where any can begin so."""
    try:
        return canonical_name(wanted)
    except ValueError:
        return wanted.casefold()


def _once(hits: Iterable[Hit]) -> list[Hit]:
    """Leave out what was found before."""
    return list({(hit.title, hit.path): hit for hit in reversed(list(hits))}.values())[::-1]


def _is_in(wanted: str, *texts: str) -> bool:
    return any(wanted.casefold() in text.casefold() for text in texts)
