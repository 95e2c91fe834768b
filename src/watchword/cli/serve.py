"""`watchword serve`: the server alone, from settings.

Source: users.md U25 and U26; security.md rules 50 and 105.
"""

import asyncio
from pathlib import Path

import click
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchword.cli.exits import Misconfigured
from watchword.cli.failures import port_in_use, reported
from watchword.cli.options import settings_option
from watchword.server.app import AuthServer
from watchword.server.errors import PortInUse
from watchword.server.log import configure_logging
from watchword.server.serve import bind, run
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings
from watchword.stores import SchemaMissing, open_store

__all__ = ["serve"]

EXAMPLES = """\b
Examples:
  watchword serve
  WATCHWORD_PORT=8001 watchword serve
  WATCHWORD_URL=https://id.example.com WATCHWORD_HOST=0.0.0.0 watchword serve
  watchword serve --settings /etc/watchword.toml
"""


@click.command(epilog=EXAMPLES)
@click.option("--demo", is_flag=True, help="Also serve a database that a demonstration made.")
@settings_option
def serve(demo: bool, settings: Path | None) -> None:  # noqa: FBT001 - click passes a flag
    """Run the server, from settings.

    Settings are WATCHWORD_ variables and watchword.toml, so that `watchword user link` makes links
    to the same address. Without any it listens on loopback and makes its database and its keys
    in this directory.
    Ctrl-C finishes the open requests and ends it.
    """
    configure_logging()
    with reported():
        found = load_settings(settings)
        loaded = found.settings
        if loaded.mount_path:
            raise Misconfigured(
                "mount_path is set, and nothing mounts this server",
                fix="Remove it, and write the path into url if a proxy adds one",
            )
        if not demo:
            asyncio.run(_refuse_demo(loaded))
        try:
            sock = bind(loaded.host, loaded.port)
        except PortInUse as error:
            raise port_in_use(error, "WATCHWORD_PORT={port} watchword serve") from None
        server = AuthServer(loaded, origins=found.origins)
        run(_announced(server, loaded.issuer), loaded, sock)


def _announced(app: ASGIApp, issuer: str) -> ASGIApp:
    """Return `app`, which says where it is as soon as it answers."""

    async def announced(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                click.echo(f"watchword serves {issuer} (Ctrl-C ends it)", err=True)

        await app(scope, receive, noting if scope["type"] == "lifespan" else send)

    return announced


async def _refuse_demo(settings: Settings) -> None:
    """Refuse a database whose users have passphrases that a terminal has shown.

    Raises:
        Misconfigured: it is a demonstration's.
    """
    try:
        store = await open_store(settings.database)
    except SchemaMissing:
        return  # the server makes it
    async with store:
        if await store.is_demo():
            raise Misconfigured(
                "This database was made by `watchword demo`",
                fix="Name another (WATCHWORD_DATABASE=sqlite:///file.db), or add --demo",
            )
