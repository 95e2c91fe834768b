"""Client ID metadata documents: the protocol `oauth.registration.document.DocumentStore`."""

from functools import partial

from watchword.oauth.registration.document import DOCUMENTS_PER_HOUR, KeptDocument, NotKept
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.clients import documents

__all__ = ["DocumentVerbs"]


class DocumentVerbs(Handle):
    """Carries out `DocumentStore`."""

    __slots__ = ()

    async def find_document(self, client_id: str) -> KeptDocument | None:
        """Return what is kept under a client_id, also where it is switched off."""
        return await self._driver.read(documents.find_document(self._tenant, client_id))

    async def count_former_keys(self, client_id: str) -> int:
        """Count the logins of a client that it was given under keys that are its no more."""
        return await self._driver.read(documents.count_former_keys(self._tenant, client_id))

    async def keep_document(
        self, kept: KeptDocument, *, unknown_max: int = DOCUMENTS_PER_HOUR
    ) -> KeptDocument | NotKept:
        """Keep what a document says, unless it is switched off, or too many are unknown."""
        return await self._driver.write(
            partial(documents.keep_document, self._tenant, kept, unknown_max=unknown_max)
        )
