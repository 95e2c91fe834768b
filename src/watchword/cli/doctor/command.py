"""`watchword doctor [URL]`: the command.

Source: oauth.md section 17; users.md U64.
"""

import asyncio
from pathlib import Path

import click

from watchword.base.clock import SYSTEM, Clock
from watchword.cli.doctor.inside import (
    check_audit_log,
    check_clients,
    check_settings,
    check_signing_keys,
)
from watchword.cli.doctor.issuer import check_issuer, places
from watchword.cli.doctor.outside import Outside, members_of
from watchword.cli.doctor.resource import check_resource
from watchword.cli.doctor.rules import Finding, Weight, found
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import harmless, print_json
from watchword.net.address import LOOPBACK, is_loopback_host, parse_target
from watchword.net.errors import AddressRefused
from watchword.net.fetcher import Fetcher
from watchword.oauth.registration.administration import every_client
from watchword.server.errors import ServerError
from watchword.server.key_file import read_key_file
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings
from watchword.stores import SchemaMissing, StoreError, open_store

__all__ = ["doctor"]

EXAMPLES = """\b
Examples:
  watchword doctor
  watchword doctor https://id.example.com
  watchword doctor https://mcp.example.com/mcp --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("url", required=False)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Also look at addresses of this private network.",
)
@settings_option
@json_option
def doctor(
    url: str | None,
    networks: tuple[str, ...],
    settings: Path | None,
    is_json: bool,  # noqa: FBT001 - click passes a flag
) -> None:
    """Check a deployment, and say how to mend what is wrong.

    URL is an issuer, or an API that such a server protects: the way is walked as a client would,
    from its 401 to the documents, the keys and the refusals. Without URL the server of these
    settings is checked, from inside by its database and from outside by its public address. The
    command ends with 1 where anything is at fault.
    """
    findings = _look_around(settings) if url is None else _look_at(url, networks, SYSTEM)
    faults = sum(each.rule.weight is Weight.FAULT for each in findings)
    if is_json:
        print_json({"findings": [_as_json(each) for each in findings], "faults": faults})
    else:
        print(harmless("\n".join(_lines(findings))))
    if faults:
        raise SystemExit(1)


def _look_at(url: str, networks: tuple[str, ...], clock: Clock) -> list[Finding]:
    try:
        host = parse_target(url).host
    except AddressRefused as error:
        return [found("not_https" if "https" in str(error) else "unreachable", url, str(error))]
    try:
        fetcher = Fetcher(
            networks=(*networks, *(LOOPBACK if is_loopback_host(host) else ())), accept="*/*"
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--network") from None
    outside = Outside(fetcher, clock)
    is_issuer = any(_names_an_issuer(place, outside) for place in places(url))
    return check_issuer(url, outside) if is_issuer else check_resource(url, outside)


def _names_an_issuer(place: str, outside: Outside) -> bool:
    members = members_of(outside.ask(place))
    return members is not None and "issuer" in members


def _look_around(settings_file: Path | None) -> list[Finding]:
    try:
        settings = load_settings(settings_file).settings
        inside = asyncio.run(_look_inside(settings))
        if not any(each.rule.code == "no_signing_key" for each in inside):
            read_key_file(settings.key_path)
    except SchemaMissing as error:
        return [found("database_missing", str(settings_file or "watchword.toml"), error.cause)]
    except (ServerError, StoreError) as error:
        return [found("settings_refused", str(settings_file or "watchword.toml"), str(error))]
    return [*inside, *_look_at(settings.issuer, (), SYSTEM)]


async def _look_inside(settings: Settings) -> list[Finding]:
    async with await open_store(settings.database) as store:
        records = await store.list_signing_keys()
        clients = [kept.client async for kept in every_client(store) if kept.is_active]
        return [
            *check_settings(settings),
            *check_clients(clients),
            *check_signing_keys(
                records, settings.rotation, alg=settings.signing_alg, now=SYSTEM.now()
            ),
            *await check_audit_log(store),
        ]


def _lines(findings: list[Finding]) -> list[str]:
    lines = []
    for each in findings:
        source = _public_source(each.rule.source)
        lines += [
            f"{each.rule.weight.value:6} {each.rule.code}  {each.where}",
            f"       {each.rule.what}" + (f": {each.detail}" if each.detail else "."),
            f"       {each.rule.fix}." + (f" ({source})" if source else ""),
        ]
    faults = sum(each.rule.weight is Weight.FAULT for each in findings)
    advice = len(findings) - faults
    return [*lines, f"{faults} at fault, {advice} worth a look"]


def _as_json(finding: Finding) -> dict[str, str]:
    rule = finding.rule
    return {
        "code": rule.code,
        "weight": rule.weight.value,
        "where": finding.where,
        "what": rule.what,
        "detail": finding.detail,
        "fix": rule.fix,
        "source": _public_source(rule.source),
    }


def _public_source(source: str) -> str:
    """Return the documents that everybody can read, without the design pages of this server."""
    parts = source.split("; ")
    return "; ".join(part for part in parts if ".md " not in part)
