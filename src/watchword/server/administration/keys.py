"""What somebody does about the signing keys by hand: announce the next one, replace a stolen one.

For the command and the admin page; a running server does the rest by its plan (`keys/rotation.py`).

Source: oauth.md K-4 and K-5; security.md rules 78 and 100.
"""

import asyncio

from watchword.accounts.administration.audit import AuditAction, Author, Deed
from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.keys.record import SigningKeyRecord
from watchword.keys.ring import make_record
from watchword.keys.sealing import SealingKey
from watchword.server.settings import Settings
from watchword.stores import Store

__all__ = ["Announced", "KeyChanges", "Replaced"]


@dataclass(frozen=True, slots=True)
class Announced:
    """The next key."""

    kid: str
    begins: int  # to sign


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of a stolen key."""

    fresh: SigningKeyRecord
    until: int  # the last moment at which a guard that hears of nothing takes a token of it


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """The keys of one store, and somebody who changes them.

    Args:
        store: where they are.
        settings: the algorithm, the plan and the lifetime of tokens.
        sealing: seals the private part of each.
        clock: the time.
        chance: randomness.
    """

    store: Store
    settings: Settings
    sealing: SealingKey
    clock: Clock
    chance: Chance

    async def announce(self, *, by: Author) -> Announced | None:
        """Publish the next key, which signs when every cache can have it.

        Returns:
            the key; None where one is announced already.
        """
        now = self.clock.now()
        begins = now + self.settings.key_announce_seconds
        made = await self._make(self.settings.signing_alg, activates_at=begins)
        deed = Deed(AuditAction.KEY_ANNOUNCED, "key", made.kid)
        audited = self.store.with_deed(deed, by=by, now=now)
        is_added = await audited.add_pending_signing_key(made)
        return Announced(made.kid, begins) if is_added else None

    async def replace(self, kid: str, *, by: Author) -> Replaced | None:
        """Delete a stolen key, put a fresh one in its place and end what it signed.

        Returns:
            what became of it; None where no key is called so.
        """
        known = {record.kid: record.alg for record in await self.store.list_signing_keys()}
        if kid not in known:
            return None
        fresh = await self._make(known[kid], activates_at=None)
        now = self.clock.now()
        until = now + self.settings.access_lifetime_seconds
        deed = Deed(AuditAction.KEY_REPLACED, "key", kid, {"by": fresh.kid})
        audited = self.store.with_deed(deed, by=by, now=now)
        done = await audited.replace_signing_key(kid, fresh, now=now, until=until)
        return Replaced(fresh, until) if done else None

    async def _make(self, alg: str, *, activates_at: int | None) -> SigningKeyRecord:
        return await asyncio.to_thread(  # RSA takes its time
            make_record,
            self.sealing,
            alg=alg,
            now=self.clock.now(),
            chance=self.chance,
            activates_at=activates_at,
        )
