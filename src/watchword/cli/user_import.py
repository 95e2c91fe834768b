"""`watchword user import`: accounts from the export of another system.

The report counts, and names rows by their number; it shows no name, no address and no hash of the
export, so that it can be kept.

Source: users.md U61, U62, U110 to U112.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import click

from watchword.accounts.errors import HashNotTaken
from watchword.accounts.factors.totp import SEAL_PURPOSE
from watchword.accounts.imports.candidate import Candidate, Reader, Row
from watchword.accounts.imports.plan import Importer, Planner, SealTOTP
from watchword.accounts.imports.run import Report, Rows, import_rows
from watchword.accounts.imports.sources import SOURCES, reader_for, rows_of
from watchword.accounts.passwords.foreign.firebase import Project, read_project
from watchword.accounts.passwords.schemes.bcrypt import INSTALL_FIX, is_installed
from watchword.accounts.passwords.stored_hash import StoredHash
from watchword.base import chance, clock
from watchword.base.strict_json import MalformedJSON, loads
from watchword.cli.administration import ROLE, author, reason_option, with_store
from watchword.cli.exits import Misconfigured, Refused
from watchword.cli.options import json_option, settings_option
from watchword.cli.printing import harmless, print_json
from watchword.cli.role_slips import doubt_new, new_option
from watchword.server.key_file import read_key_file
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["import_users"]

CHUNK_BYTES = 64 * 1024
PROJECT_BYTES_MAX = 16 * 1024
LEFT_OUT_SHOWN = 20
PROJECT_FIX = (
    "Write the hash_config of the console as JSON: base64_signer_key, base64_salt_separator, "
    "rounds and mem_cost"
)

EXAMPLES = """\b
Examples:
  watchword user import --from django users.json --dry-run
  watchword user import --from keycloak realm-users-0.json --role editor=editor
  watchword user import --from firebase users.json --firebase hash-config.json
"""


class _RolePair(click.ParamType[tuple[str, str]]):
    """A word of the export, and the role that it becomes."""

    name = "word=role"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Take the pair apart; a single word stands for both."""
        word, _, role = value.rpartition("=")
        return word or role, ROLE.convert(role, param, ctx)


@click.command("import", short_help="Add the users of another system's export.", epilog=EXAMPLES)
@click.option(
    "--from",
    "source",
    type=click.Choice(list(SOURCES)),
    required=True,
    help="Which system wrote it.",
)
@click.argument("file", type=click.File("rb"), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Report what would happen, and write nothing.")
@click.option(
    "--role",
    "roles",
    type=_RolePair(),
    multiple=True,
    metavar="WORD=ROLE",
    help="Give this role where the export has this word. Without it no role is taken over.",
)
@new_option
@click.option(
    "--firebase",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="The password hash parameters of the Firebase project, as JSON.",
)
@reason_option
@settings_option
@json_option
def import_users(  # noqa: PLR0913  # one option each
    *,
    source: str,
    file: BinaryIO,
    dry_run: bool,
    roles: tuple[tuple[str, str], ...],
    is_new: bool,
    firebase: Path | None,
    reason: str,
    settings: Path | None,
    is_json: bool,
) -> int:
    """Add the users of another system's export, with their password hashes.

    FILE may be - for standard input. Users whose name exists already stay as they are, so a broken
    import is simply started again. Passwords work as before and are hashed anew at the next login.
    The report names rows by their number: the first user of the file is row 1.
    """
    reader = _with_library(reader_for(source, _project(firebase)))
    by = Importer(author(reason), source)

    async def act(store: Store, to: Settings) -> Report:
        await doubt_new(dict(roles).values(), store, is_new=is_new)
        planner = Planner(
            chance=chance.SYSTEM,
            now=clock.SYSTEM.now(),
            roles=dict(roles),
            seal_totp=_seal(to),
            by=by,
        )
        rows = rows_of(source, _chunks(file))
        return await import_rows(rows, reader, planner=planner, store=store, is_dry_run=dry_run)

    report = with_store(settings, act)
    if not report.rows:
        raise Refused(
            f"{harmless(file.name)} holds no user that --from {source} can read",
            fix=f"It reads this: {SOURCES[source].export}",
        )
    if is_json:
        print_json(_as_json(report, is_dry_run=dry_run))
    else:
        print("\n".join(_lines(report, is_dry_run=dry_run)))
    return Refused.exit_code if report.problems else 0


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _project(path: Path | None) -> Project | None:
    if path is None:
        return None
    try:
        found = loads(path.read_bytes()[: PROJECT_BYTES_MAX + 1], bytes_max=PROJECT_BYTES_MAX)
        if not isinstance(found, dict):
            raise Misconfigured(f"{path} holds no JSON object", fix="Copy it from the console")
        inner = found.get("hash_config", found)
        return read_project(inner if isinstance(inner, dict) else found)
    except (MalformedJSON, HashNotTaken) as error:
        reason = error.detail if isinstance(error, HashNotTaken) else str(error)
        raise Misconfigured(f"{path}: {reason}", fix=PROJECT_FIX) from None


def _with_library(read: Reader) -> Reader:
    """Refuse the first bcrypt hash where nothing could check it."""
    if is_installed():
        return read

    def checked(row: Row) -> Candidate | None:
        candidate = read(row)
        made = candidate.password if candidate else None
        if isinstance(made, StoredHash) and made.scheme.name.startswith("bcrypt"):
            raise Misconfigured(
                "The export holds bcrypt hashes, and the library bcrypt is missing",
                fix=f"Run: {INSTALL_FIX}",
            )
        return candidate

    return checked


def _seal(settings: Settings) -> SealTOTP | None:
    """Seal keys of code generators as the server does, once it has been started."""
    if not settings.key_path.exists():
        return None
    sealing = read_key_file(settings.key_path)

    def seal(key: bytes, *, user_id: str, totp_id: str) -> bytes:
        owner = (user_id, totp_id)
        return sealing.seal(key, purpose=SEAL_PURPOSE, owner=owner, chance=chance.SYSTEM)

    return seal


def _as_json(report: Report, *, is_dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": is_dry_run,
        "rows": report.rows,
        "added": report.added,
        "already_there": report.already_there.count,
        "already_there_rows": report.already_there.first,
        "duplicates": report.duplicates.count,
        "duplicate_rows": report.duplicates.first,
        "recognised": dict(report.recognised),
        "no_password": dict(report.no_password),
        "left_out": dict(report.left_out),
        "refused": {reason: rows.count for reason, rows in report.refused.items()},
        "refused_rows": {reason: rows.first for reason, rows in report.refused.items()},
    }


def _lines(report: Report, *, is_dry_run: bool) -> Iterator[str]:
    done = "would be added" if is_dry_run else "added"
    exist = report.already_there
    yield f"{report.rows} rows: {report.added} {done}, {exist.count} exist already{_which(exist)}"
    if twice := report.duplicates.count:
        named = _which(report.duplicates)
        yield f"{twice} have a name that stands in the export before them{named}"
    yield from _section("Password hashes", report.recognised)
    yield from _section(
        "Without a password (make each a link: watchword user link NAME)", report.no_password
    )
    yield from _section("Left out", report.left_out)
    yield from _refusals(report.refused)


def _refusals(refused: Mapping[str, Rows]) -> Iterator[str]:
    if refused:
        yield "Refused:"
    by_count = sorted(refused.items(), key=lambda item: -item[1].count)
    for reason, rows in by_count[:LEFT_OUT_SHOWN]:
        yield f"  {rows.count:>7} {harmless(reason)}{_which(rows)}"
    if len(refused) > LEFT_OUT_SHOWN:
        yield f"  and {len(refused) - LEFT_OUT_SHOWN} more"


def _which(rows: Rows) -> str:
    """Name the first of some rows: the first user of the file is row 1."""
    if not rows.count:
        return ""
    more = ", ..." if rows.count > len(rows.first) else ""
    return f" (row {', '.join(map(str, rows.first))}{more})"


def _section(title: str, counted: Counter[str]) -> Iterator[str]:
    if not counted:
        return
    yield f"{title}:"
    shown: Mapping[str, int] = dict(counted.most_common(LEFT_OUT_SHOWN))
    for what, count in shown.items():
        yield f"  {count:>7} {harmless(what)}"
    if rest := len(counted) - len(shown):
        yield f"  and {rest} more"
