"""The import itself: rows in, batches out, everything counted, and what is left named by its row.

Source: users.md U110 (dry run; recognised, refused with reason, duplicates by canonical name).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from watchword.accounts.imports.candidate import Reader, Row, RowRefused
from watchword.accounts.imports.plan import (
    ImportedUser,
    ImportOutcome,
    ImportStore,
    Planned,
    Planner,
)

__all__ = ["BATCH_ROWS", "ROWS_NAMED_MAX", "Report", "Rows", "import_rows"]

BATCH_ROWS = 200  # one transaction each: a broken import leaves whole batches
ROWS_NAMED_MAX = 20  # of each reason; who mends these starts the import again and sees the next


@dataclass(slots=True)
class Rows:
    """How many rows something is true of, and the numbers of the first: 1 is the first user."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, number: int) -> None:
        """Count a row."""
        self.count += 1
        if len(self.first) < ROWS_NAMED_MAX:
            self.first.append(number)


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    rows: int = 0
    added: int = 0
    # Accounts with such a name exist; nothing of them is changed.
    already_there: Rows = field(default_factory=Rows)
    # The export has the same canonical name a second time.
    duplicates: Rows = field(default_factory=Rows)
    refused: dict[str, Rows] = field(default_factory=dict)  # by reason
    recognised: Counter[str] = field(default_factory=Counter)  # by scheme of the hash
    no_password: Counter[str] = field(default_factory=Counter)  # by reason
    left_out: Counter[str] = field(default_factory=Counter)  # by what it was

    @property
    def problems(self) -> int:
        """How many rows became no account and were none before."""
        return sum(rows.count for rows in self.refused.values()) + self.duplicates.count


async def import_rows(
    rows: Iterator[Row | RowRefused],
    read: Reader,
    *,
    planner: Planner,
    store: ImportStore,
    is_dry_run: bool,
) -> Report:
    """Add the accounts of an export.

    Accounts that exist already stand as they are, so that an import that was broken off goes on
    where it ended when it is started again.

    Args:
        rows: of a container.
        read: makes candidates of them.
        planner: decides about them.
        store: takes them, or is only asked which names are taken.
        is_dry_run: whether nothing is written.
    """
    report = Report()
    seen: set[bytes] = set()
    batch: list[tuple[int, Planned]] = []
    for row in rows:
        planned = _planned(row, read, planner, report)
        if planned is None:
            continue
        # Eight bytes a name: a million rows take 60 MB of names otherwise.
        mark = hashlib.blake2b(planned.user.name.encode("utf-8"), digest_size=8).digest()
        if mark in seen:
            report.duplicates.add(report.rows)
            continue
        seen.add(mark)
        batch.append((report.rows, planned))
        if len(batch) == BATCH_ROWS:
            await _finish(batch, report, planner, store=store, is_dry_run=is_dry_run)
            batch = []
    await _finish(batch, report, planner, store=store, is_dry_run=is_dry_run)
    return report


def _planned(
    row: Row | RowRefused, read: Reader, planner: Planner, report: Report
) -> Planned | None:
    report.rows += 1
    try:
        if isinstance(row, RowRefused):
            raise row
        candidate = read(row)
        if candidate is None:  # the row is about something else
            report.rows -= 1
            return None
        return planner.plan(candidate)
    except RowRefused as refused:
        report.refused.setdefault(str(refused), Rows()).add(report.rows)
        return None


async def _finish(
    batch: list[tuple[int, Planned]],
    report: Report,
    planner: Planner,
    *,
    store: ImportStore,
    is_dry_run: bool,
) -> None:
    """Write a batch, or ask what would become of it, and count."""
    users = tuple(planned.user for _, planned in batch)
    outcomes = await (_outlook if is_dry_run else _write)(users, planner, store)
    for (number, planned), outcome in zip(batch, outcomes, strict=True):
        if outcome is ImportOutcome.NAME_TAKEN:
            report.already_there.add(number)
            continue
        report.added += 1
        report.left_out.update(planned.left_out)
        if outcome is ImportOutcome.ADDED_UNVERIFIED:
            report.left_out["verification of an address that another account has verified"] += 1
        if planned.no_password is not None:
            report.no_password[planned.no_password] += 1
        if planned.user.password_hash is not None:
            report.recognised[planned.user.password_hash.split("$")[1]] += 1


async def _write(
    users: tuple[ImportedUser, ...], planner: Planner, store: ImportStore
) -> tuple[ImportOutcome, ...]:
    if not users:
        return ()
    return await store.import_users(users, by=planner.by, now=planner.now)


async def _outlook(
    users: tuple[ImportedUser, ...], _: Planner, store: ImportStore
) -> tuple[ImportOutcome, ...]:
    taken = await store.taken_names(tuple(user.name for user in users))
    return tuple(
        ImportOutcome.NAME_TAKEN if user.name in taken else ImportOutcome.ADDED for user in users
    )
