"""What credentials are compared with: the protocol `accounts.credentials.CredentialStore`."""

from functools import partial

from watchword.accounts.credentials import Credential, UpgradeOutcome
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs import passwords

__all__ = ["CredentialVerbs"]


class CredentialVerbs(Handle):
    """Carries out `CredentialStore`."""

    __slots__ = ()

    async def find_credential(
        self,
        name: str,
        *,
        address: str = "",
        typed: str = "",  # noqa: ARG002  # names are canonical here
    ) -> Credential | None:
        """Return the account with this canonical name or verified address, and its hash."""
        return await self._driver.read(
            passwords.find_credential(self._tenant, name, address=address)
        )

    async def hash_histogram(self) -> tuple[tuple[str, int], ...]:
        """Count the stored hashes by their parameters, in the order of these."""
        return await self._driver.read(passwords.hash_histogram(self._tenant))

    async def upgrade_password_hash(
        self, user_id: str, *, old: str, new: str, must_change: bool
    ) -> UpgradeOutcome:
        """Replace the hash where it is still `old`, and note whether the password must change."""
        return await self._driver.write(
            partial(
                passwords.upgrade_password_hash,
                self._tenant,
                user_id,
                old=old,
                new=new,
                must_change=must_change,
            )
        )
