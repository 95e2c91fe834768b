"""Dynamic registrations: the protocol `oauth.registration.records.RegistrationStore`."""

from functools import partial

from watchword.oauth.registration.administration import ClientChange, KeptClient
from watchword.oauth.registration.records import (
    ChangedRegistration,
    NewRegistration,
    NotRegistered,
    Registered,
    RegistrationToken,
)
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.clients import registrations

__all__ = ["RegistrationVerbs"]


class RegistrationVerbs(Handle):
    """Carries out `RegistrationStore`."""

    __slots__ = ()

    async def register_dynamic(self, registration: NewRegistration) -> Registered | NotRegistered:
        """Insert a client, or find the one of equal public metadata, which exists once."""
        return await self._driver.write(
            partial(registrations.register_dynamic, self._tenant, registration)
        )

    async def find_registration(self, client_id: str, token_hash: bytes) -> KeptClient | None:
        """Return an active client that was given this registration access token."""
        return await self._driver.read(
            registrations.find_registration(self._tenant, client_id, token_hash)
        )

    async def change_registration(self, changed: ChangedRegistration) -> ClientChange:
        """Replace what a client registered, and its token; of two changes one wins."""
        return await self._driver.write(
            partial(registrations.change_registration, self._tenant, changed)
        )

    async def end_registration(
        self, client_id: str, token_hash: bytes, *, now: int
    ) -> ClientChange:
        """Switch a client off for good and end all that it was given; the feed says so."""
        return await self._driver.write(
            partial(registrations.end_registration, self._tenant, client_id, token_hash, now=now)
        )

    async def add_registration_token(self, token: RegistrationToken) -> None:
        """Keep an initial access token."""
        await self._driver.write(partial(registrations.add_registration_token, self._tenant, token))
