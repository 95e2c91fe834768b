"""Signing keys: the protocol `keys.record.KeyStore`."""

from functools import partial

from watchword.keys.readers import KeyReader
from watchword.keys.record import SigningKeyRecord
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.upkeep import key_readers, keys

__all__ = ["KeyVerbs"]


class KeyVerbs(Handle):
    """Carries out `KeyStore`."""

    __slots__ = ()

    async def list_signing_keys(self) -> tuple[SigningKeyRecord, ...]:
        """Return every key that is not deleted, oldest first."""
        return await self._driver.read(keys.list_signing_keys(self._tenant))

    async def add_first_signing_key(self, record: SigningKeyRecord) -> SigningKeyRecord:
        """Insert the key unless its algorithm has an active one; return the one that stands."""
        return await self._driver.write(partial(keys.add_first_signing_key, self._tenant, record))

    async def add_pending_signing_key(self, record: SigningKeyRecord) -> bool:
        """Insert the key unless its algorithm has a pending one; say whether this call did it."""
        return await self._driver.write(partial(keys.add_pending_signing_key, self._tenant, record))

    async def activate_signing_key(self, kid: str, *, now: int, retired_deletes_at: int) -> bool:
        """Make a pending key the active one and retire the one that was; say who won."""
        return await self._driver.write(
            partial(
                keys.activate_signing_key,
                self._tenant,
                kid,
                now=now,
                retired_deletes_at=retired_deletes_at,
            )
        )

    async def delete_signing_key(self, kid: str, *, now: int) -> bool:
        """Delete a retired key whose time has come; say whether this call did it."""
        return await self._driver.write(
            partial(keys.delete_signing_key, self._tenant, kid, now=now)
        )

    async def replace_signing_key(
        self, kid: str, record: SigningKeyRecord, *, now: int, until: int
    ) -> bool:
        """Delete a compromised key, put a fresh one in its place, and revoke what it signed."""
        return await self._driver.write(
            partial(keys.replace_signing_key, self._tenant, kid, record, now=now, until=until)
        )

    async def note_key_reader(
        self, verifier: str, process: str, *, is_current: bool, now: int
    ) -> None:
        """Remember that a verifier was here, and whether it holds every published key."""
        await self._driver.write(
            partial(
                key_readers.note_key_reader,
                self._tenant,
                verifier,
                process,
                is_current=is_current,
                now=now,
            )
        )

    async def list_key_readers(self, *, now: int) -> tuple[KeyReader, ...]:
        """Return the verifiers that were heard of within a day, by name."""
        return await self._driver.read(key_readers.list_key_readers(self._tenant, now=now))
