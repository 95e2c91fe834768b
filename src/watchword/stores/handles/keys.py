"""Signing keys: the protocol `keys.record.KeyStore`."""

from functools import partial

from watchword.keys.record import SigningKeyRecord
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import keys

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
