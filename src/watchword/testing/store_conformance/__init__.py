"""What every store has to do, as checks that any store can be put to.

A check is an async function that takes a `World`: the store, another handle on the same rows, and
another tenant. `CHECKS` are single; `RACES` are many callers at once, in one event loop and in
threads; `PROCESS_RACES` are the same between two processes. A store that passes them keeps the
promises of the protocols in `keys`, `accounts` and `oauth`.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from watchword.testing.store_conformance import (
    access,
    accounts,
    acting,
    administration,
    administration_races,
    choices,
    client_changes,
    clients,
    device_codes,
    devices,
    documents,
    emails,
    events,
    factors,
    families,
    feed,
    figures,
    flows,
    identities,
    imports,
    interactions,
    keys,
    links,
    mail,
    names,
    races,
    registrations,
    replays,
    rotation,
    search,
    sessions,
    subjects,
    tenancy,
    throttles,
    tokens,
    traces,
    users,
)
from watchword.testing.store_conformance.expectation import ConformanceFailure
from watchword.testing.store_conformance.processes import PROCESS_RACES
from watchword.testing.store_conformance.world import AnyStore, World

__all__ = ["CHECKS", "PROCESS_RACES", "RACES", "AnyStore", "Check", "ConformanceFailure", "World"]

Check: TypeAlias = Callable[[World], Awaitable[None]]

CHECKS: tuple[Check, ...] = (
    *users.CHECKS,
    *names.CHECKS,
    *imports.CHECKS,
    *identities.CHECKS,
    *sessions.CHECKS,
    *acting.CHECKS,
    *links.CHECKS,
    *mail.CHECKS,
    *emails.CHECKS,
    *clients.CHECKS,
    *client_changes.CHECKS,
    *registrations.CHECKS,
    *documents.CHECKS,
    *keys.CHECKS,
    *feed.CHECKS,
    *replays.CHECKS,
    *families.CHECKS,
    *rotation.CHECKS,
    *tokens.CHECKS,
    *traces.CHECKS,
    *events.CHECKS,
    *figures.CHECKS,
    *search.CHECKS,
    *factors.CHECKS,
    *throttles.CHECKS,
    *devices.CHECKS,
    *flows.CHECKS,
    *choices.CHECKS,
    *interactions.CHECKS,
    *device_codes.CHECKS,
    *access.CHECKS,
    *accounts.CHECKS,
    *administration.CHECKS,
    *subjects.CHECKS,
    *tenancy.CHECKS,
)
RACES: tuple[Check, ...] = (
    *races.RACES,
    *acting.RACES,
    *administration_races.RACES,
    *identities.RACES,
)
