"""`watchword app`: the clients of the server, their secrets, and their end.

A secret is printed once, by the command that makes it; only its hash is kept.

Source: oauth.md S-2, C-1; security.md rule 61; decisions/0165.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Unpack

import click

from watchword.accounts.administration.audit import AuditAction, Deed
from watchword.base import chance, clock
from watchword.base.secrets import Secret, digest
from watchword.cli.administration import author, reason_option, with_store
from watchword.cli.client_options import Added, Changes, changes_of, members_of
from watchword.cli.client_shown import as_json, line
from watchword.cli.exits import Refused
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import examples, harmless, print_json
from watchword.oauth.clients import Client, ClientOrigin
from watchword.oauth.registration.administration import (
    ClientAdded,
    ClientChange,
    KeptClient,
    every_client,
    rewrite_client,
)
from watchword.oauth.registration.changes import changed
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.members import check_way_back, client_from
from watchword.oauth.registration.records import RegistrationToken
from watchword.oauth.registration.register import PATH
from watchword.oauth.scopes import IDENTITY_SCOPES
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["app"]

EXAMPLES = """\b
Examples:
  watchword app add shop --name Shop --confidential --redirect-uri https://shop.example/cb
  watchword app add notes --name Notes --first-party
  watchword app secret shop
  watchword app disable shop
"""
DAY_SECONDS = 86_400
ONCE = "It is shown once and kept as a hash. Whoever holds it is this client."
BY_CODE = "Code declares this client, and switches it on again at the next start of the server"

Change = Callable[[Store, int], Awaitable[ClientChange]]


@click.group(epilog=EXAMPLES)
def app() -> None:
    """Add, list and switch off the applications."""


@app.command(
    epilog=examples(
        "watchword app add notes --name Notes --first-party",
        "watchword app add shop --name Shop --confidential --redirect-uri https://shop.example/cb",
    )
)
@click.argument("client_id", metavar="ID")
@click.option("--name", required=True, help="What people call it.")
@click.option("--first-party", is_flag=True, help="It is yours: passwords, and no consent.")
@click.option("--confidential", is_flag=True, help="Make a secret and print it.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where answers go; repeat.")
@click.option(
    "--logout-uri",
    "post_logout_redirect_uris",
    multiple=True,
    help="Where a browser may go after a logout; repeat.",
)
@click.option(
    "--origin", "allowed_origins", multiple=True, help="Of pages that may log in; repeat."
)
@click.option("--scope", "scopes", multiple=True, help="It may ask for no others; repeat.")
@click.option("--grant-type", "grant_types", multiple=True, help="It may use no others; repeat.")
@click.option(
    "--jwks", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Its public keys."
)
@click.option("--jwks-uri", help="Where its public keys are.")
@click.option("--id-token-alg", help="What signs its ID tokens.")
@click.option("--require-pkce/--pkce-optional", default=None, help="Left out: of public ones.")
@click.option("--logo", "logo_uri", help="The https address of its picture, for the consent page.")
@reason_option
@settings_option
@json_option
def add(
    client_id: str,
    name: str,
    reason: str,
    settings: Path | None,
    is_json: bool,  # noqa: FBT001 - click passes a flag
    **said: Unpack[Added],
) -> None:
    """Add a client. A secret, if it gets one, is printed once."""
    secret = chance.new_secret(chance.SYSTEM) if said["confidential"] else None
    members = members_of(said, secret)
    try:
        client = client_from(client_id, name, members, origin=ClientOrigin.ADMINISTRATOR)
        check_way_back(client, members)
    except ClientRefused as error:
        raise _refused(error) from None

    async def act(store: Store, _: Settings) -> tuple[ClientAdded, frozenset[str]]:
        audited = _audited(store, AuditAction.CLIENT_ADDED, client_id, reason)
        added = await audited.add_client(client, now=clock.SYSTEM.now())
        return added, await _unknown_scopes(store, client)

    added, unknown = with_store(settings, act)
    if added is ClientAdded.ID_TAKEN:
        raise Refused(
            f"A client is called {harmless(client_id)} already", fix="See `watchword app list`"
        )
    _print_secret(client_id, secret, is_json=is_json)
    _tell_unknown(unknown)


@app.command("list", epilog=examples("watchword app list", "watchword app list --json"))
@settings_option
@json_option
def list_clients(settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """List the clients. With --json, one object a line."""

    async def act(store: Store, _: Settings) -> None:
        async for kept in every_client(store):
            if is_json:
                print_json(as_json(kept))
            else:
                print(line(kept))

    with_store(settings, act)


@app.command(epilog=examples("watchword app show shop"))
@click.argument("client_id", metavar="ID")
@settings_option
@json_option
def show(client_id: str, settings: Path | None, is_json: bool) -> None:  # noqa: FBT001 - as above
    """Show all that is kept of a client, except its secret."""

    async def act(store: Store, _: Settings) -> tuple[KeptClient | None, int]:
        return await store.find_kept_client(client_id), await store.count_former_keys(client_id)

    kept, former = with_store(settings, act)
    members = as_json(_existing(client_id, kept))
    if former:  # what they were given may be ended with `watchword app disable`
        members["logins_under_former_keys"] = former
    if is_json:
        print_json(members)
        return
    for member, value in members.items():
        text = value if isinstance(value, str) else json.dumps(value)
        print(f"{member:26} {harmless(text)}")


@app.command(epilog=examples("watchword app secret shop"))
@click.argument("client_id", metavar="ID")
@reason_option
@settings_option
@json_option
def secret(*, client_id: str, reason: str, settings: Path | None, is_json: bool) -> None:
    """Make another secret and print it once. The earlier one is worth nothing at once."""
    made = chance.new_secret(chance.SYSTEM)

    async def act(store: Store, _: Settings) -> None:
        kept = _existing(client_id, await store.find_kept_client(client_id))
        if kept.is_declared:
            text = "Code declares this client, and says its secret"
            raise Refused(text, fix="Change it where the code reads it from")
        if kept.client.secret_hash is None:
            text = "This client has no secret"
            raise Refused(text, fix="Add a client with --confidential")
        audited = _audited(store, AuditAction.CLIENT_SECRET_REPLACED, client_id, reason)
        await audited.replace_client_secret(client_id, digest(made))

    with_store(settings, act)
    _print_secret(client_id, made, is_json=is_json)


@app.command(
    "set",
    short_help="Say anew what a client is.",
    epilog=examples(
        "watchword app set shop --redirect-uri https://shop.example/cb",
        "watchword app set shop --scope notes:read --scope notes:write",
        "watchword app set shop --require-pkce --logo https://shop.example/logo.png",
    ),
)
@click.argument("client_id", metavar="ID")
@click.option("--name", help="What people call it.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="In place of all; repeat.")
@click.option(
    "--logout-uri", "post_logout_redirect_uris", multiple=True, help="In place of all; repeat."
)
@click.option("--origin", "allowed_origins", multiple=True, help="In place of all; repeat.")
@click.option("--scope", "scopes", multiple=True, help="In place of all; repeat.")
@click.option("--grant-type", "grant_types", multiple=True, help="In place of all; repeat.")
@click.option(
    "--jwks", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Its public keys."
)
@click.option("--jwks-uri", help="Where its public keys are.")
@click.option("--id-token-alg", help="What signs its ID tokens.")
@click.option("--require-pkce/--pkce-optional", default=None, help="Whether it may leave it out.")
@click.option("--logo", help="The https address of its picture.")
@reason_option
@settings_option
def set_client(client_id: str, reason: str, settings: Path | None, **said: Unpack[Changes]) -> None:
    """Say anew what a client is. What is left out stays as it is.

    An empty text takes a member away; of scopes, it lets the client ask for all that there are.
    The server fetches a logo when the page that asks for consent first needs it: a PNG, JPEG or
    WebP picture of at most 32 KiB, at an address of the public internet. People are asked again
    where name, addresses or keys have changed, and a scope that is taken away ends at the next
    refresh.
    """
    if all(value in {None, ()} for value in said.values()):
        raise click.UsageError("give what is to change: see `watchword app set --help`")

    def rewritten(kept: KeptClient) -> Client:
        try:
            return changed(_changeable(client_id, kept).client, changes_of(said))
        except ClientRefused as error:
            raise _refused(error) from None

    async def act(store: Store, _: Settings) -> frozenset[str]:
        audited = _audited(store, AuditAction.CLIENT_CHANGED, client_id, reason)
        await rewrite_client(audited, client_id, rewritten)
        client = _existing(client_id, await store.find_kept_client(client_id)).client
        return await _unknown_scopes(store, client) if said["scopes"] else frozenset()

    unknown = with_store(settings, act)
    print(f"{harmless(client_id)}: changed")
    _tell_unknown(unknown)


@app.command(
    short_help="Remove a client that nobody has signed in to.",
    epilog=examples("watchword app remove shop"),
)
@click.argument("client_id", metavar="ID")
@reason_option
@settings_option
def remove(client_id: str, reason: str, settings: Path | None) -> None:
    """Remove a client that nobody has signed in to. Its tokens end, and its ID is free again."""

    async def act(store: Store, _: Settings) -> None:
        kept = _existing(client_id, await store.find_kept_client(client_id))
        if kept.is_declared and kept.is_active:
            text = "Code declares this client, and adds it again at the next start of the server"
            raise Refused(text, fix="Take it out of the code, which ends it too")
        audited = _audited(store, AuditAction.CLIENT_REMOVED, client_id, reason)
        done = await audited.remove_client(client_id, now=clock.SYSTEM.now())
        if done is ClientChange.UNCHANGED:
            text = "People have signed in to this client, and their records name it"
            raise Refused(text, fix=f"Type: watchword app disable {harmless(client_id)}")

    with_store(settings, act)
    print(f"{harmless(client_id)}: removed")


@app.command(
    short_help="Switch a client off, its logins and tokens too.",
    epilog=examples("watchword app disable shop"),
)
@click.argument("client_id", metavar="ID")
@reason_option
@settings_option
def disable(client_id: str, reason: str, settings: Path | None) -> None:
    """Switch a client off: its logins and tokens end at once, and it gets no others."""
    _change(
        client_id,
        settings,
        lambda store, now: _audited(
            store, AuditAction.CLIENT_SWITCHED_OFF, client_id, reason
        ).disable_client(client_id, now=now),
        said="switched off; all that it was given is ended",
    )


@app.command(epilog=examples("watchword app enable shop"))
@click.argument("client_id", metavar="ID")
@reason_option
@settings_option
def enable(client_id: str, reason: str, settings: Path | None) -> None:
    """Switch a client on again. Ended logins stay ended."""
    _change(
        client_id,
        settings,
        lambda store, now: _audited(
            store, AuditAction.CLIENT_SWITCHED_ON, client_id, reason
        ).enable_client(client_id, now=now),
        said="active",
    )


@app.command(
    short_help="Print a token with which programs register themselves.",
    epilog=examples("watchword app invite", "watchword app invite --uses 10 --days 30"),
)
@click.option("--uses", type=click.IntRange(1, 1_000), default=1, help="How many clients.")
@click.option("--days", type=click.IntRange(1, 365), default=7, help="How long it may be used.")
@reason_option
@settings_option
@json_option
def invite(*, uses: int, days: int, reason: str, settings: Path | None, is_json: bool) -> None:
    """Print a token with which programs register themselves, where the server asks for one."""
    made, now = chance.new_secret(chance.SYSTEM), clock.SYSTEM.now()
    by = author(reason)

    async def act(store: Store, found: Settings) -> Settings:
        kept = RegistrationToken(digest(made), uses, now, now + days * DAY_SECONDS)
        detail = {"uses": str(uses), "days": str(days)}
        deed = Deed(AuditAction.INVITATION_MADE, "invitation", "registration", detail)
        audited = store.with_deed(deed, by=by, now=now)
        await audited.add_registration_token(kept)
        return found

    found = with_store(settings, act)
    if is_json:
        print_json({"initial_access_token": made.reveal(), "uses": uses, "days": days})
    else:
        print(made.reveal())
        click.echo(f"It registers {uses} at {found.issuer}{PATH} within {days} days.", err=True)
    if found.client_registration != "token":
        policy = found.client_registration
        click.echo(f"client_registration is {policy}: set it to token.", err=True)


def _refused(error: ClientRefused) -> Refused:
    value = f": {harmless(error.value)}" if error.value else ""
    return Refused(f"{error.member} {error.problem}{value}", fix=error.fix)


async def _unknown_scopes(store: Store, client: Client) -> frozenset[str]:
    """Return the scopes of a client that neither a resource has nor OpenID Connect."""
    known = IDENTITY_SCOPES.union(*(one.scope_names for one in await store.list_resources()))
    return (client.scopes or frozenset()) - known


def _audited(store: Store, action: AuditAction, client_id: str, reason: str) -> Store:
    """Return a handle whose next write has its entry in the audit log."""
    deed = Deed(action, "client", client_id)
    return store.with_deed(deed, by=author(reason), now=clock.SYSTEM.now())


def _tell_unknown(scopes: frozenset[str]) -> None:
    if scopes:
        names = harmless(", ".join(sorted(scopes)))
        click.echo(f"No resource has the scope {names} at the moment.", err=True)


def _change(client_id: str, settings: Path | None, change: Change, *, said: str) -> None:
    async def act(store: Store, _: Settings) -> KeptClient | None:
        outcome = await change(store, clock.SYSTEM.now())
        kept = await store.find_kept_client(client_id)
        return kept if outcome is ClientChange.CHANGED else None

    async def find(store: Store, _: Settings) -> KeptClient | None:
        return await store.find_kept_client(client_id)

    found = with_store(settings, act)
    if found is None:
        _existing(client_id, with_store(settings, find))
        print(f"{harmless(client_id)}: nothing to change")
        return
    print(f"{harmless(client_id)}: {said}")
    if found.is_declared and not found.is_active:
        click.echo(f"{BY_CODE}.", err=True)


def _existing(client_id: str, kept: KeptClient | None) -> KeptClient:
    if kept is None:
        fix = "See `watchword app list`"
        raise Refused(f"No client is called {harmless(client_id)}", fix=fix)
    return kept


def _changeable(client_id: str, kept: KeptClient | None) -> KeptClient:
    """Return a client that is kept as an administrator says it, and by nobody else."""
    found = _existing(client_id, kept)
    if found.is_declared:
        raise Refused("Code declares this client", fix="Change it in the code")
    if found.client.origin is ClientOrigin.DOCUMENT:
        text = "This client says in its own document what it is"
        raise Refused(text, fix="Switch it off with `watchword app disable`, or let it be")
    return found


def _print_secret(client_id: str, made: Secret | None, *, is_json: bool) -> None:
    if is_json:
        shown = {} if made is None else {"client_secret": made.reveal()}
        print_json({"client_id": client_id, **shown})
    elif made is None:
        print(f"{harmless(client_id)}: added")
    else:
        print(f"client_id      {harmless(client_id)}")
        print(f"client_secret  {made.reveal()}")
        click.echo(ONCE, err=True)
