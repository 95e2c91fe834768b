"""A server of ours seen from its database: keys, clients, settings, the audit log.

Source: oauth.md section 17, A-4, C-6, K-1; users.md U64.
"""

from collections.abc import Iterator, Sequence

from watchword.accounts.administration.chain import ChainStore, verify_log
from watchword.accounts.errors import LogBroken
from watchword.cli.doctor.rules import Finding, found
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.rotation import RotationPolicy, next_change
from watchword.oauth.clients import Client
from watchword.server.settings import Settings

__all__ = ["check_audit_log", "check_clients", "check_settings", "check_signing_keys"]

GRACE_SECONDS = 86_400  # a server that was off for a day catches up by itself


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Say what in settings is allowed, and worth a look."""
    if settings.url is None:
        yield found("url_unset", settings.issuer)
    if settings.client_registration == "open":
        yield found("registration_open", settings.issuer)


def check_clients(clients: Sequence[Client]) -> Iterator[Finding]:
    """Say which clients may do what others may not."""
    for client in clients:
        if "authorization_code" in client.grant_types and not client.requires_pkce:
            yield found("client_without_pkce", client.client_id, client.name)


def check_signing_keys(
    records: Sequence[SigningKeyRecord], policy: RotationPolicy, *, alg: str, now: int
) -> Iterator[Finding]:
    """Say whether the keys follow their plan. Pure."""
    active = [one for one in records if one.state is KeyState.ACTIVE]
    if not any(one.alg == alg for one in active):
        yield found("no_signing_key", alg)
    for record in active:
        ends = next_change(record, policy)
        if ends is not None and now > ends + GRACE_SECONDS:
            yield found("key_overdue", record.kid)


async def check_audit_log(store: ChainStore) -> Sequence[Finding]:
    """Say whether the audit log is whole, from its first entry to its last."""
    try:
        await verify_log(store)
    except LogBroken as broken:
        return (found("audit_log_broken", f"entry {broken.position}", broken.flaw.value),)
    return ()
