"""Clients that are known by the document at their client_id: fetched, kept, and fetched again.

What was fetched stands in the database for as long as its answer says, between a minute and a day,
so that every node decides alike. Fetches of one address are one fetch, and not many run at once: of
one host one, and of those whom one network asks for few. What is kept goes on meanwhile. An
address that cannot be reached is answered from what is kept for up to a day; one that says
something else is refused at once, and nothing that was refused is kept.

Source: oauth.md C-7, D-2 to D-6; draft-ietf-oauth-client-id-metadata-document-02 section 6;
security.md rules 70 and 102.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import partial
from typing import Protocol

from watchword.base.clock import Clock
from watchword.base.log_text import one_line
from watchword.base.records import dataclass
from watchword.keys.remote import lifetime_seconds
from watchword.net.document import Document, Fetching
from watchword.net.errors import AddressRefused, BadAnswer, FetchFailed, Unreachable
from watchword.oauth.causes import NO_HOST, NOT_PUBLIC
from watchword.oauth.clients import Client, ClientOrigin, ClientStore, Declared, Resource
from watchword.oauth.errors import Busy, InvalidClient
from watchword.oauth.registration.document import (
    DOCUMENT_BYTES_MAX,
    DocumentStore,
    KeptDocument,
    NotKept,
    host_of,
    is_document_id,
    read_document,
)
from watchword.server.fetch_turns import FETCHES_MAX, FetchTurns
from watchword.server.single_flight import SingleFlight

__all__ = ["ClientsStore", "DocumentClients", "DocumentPolicy"]

STALE_SECONDS_MAX = 86_400  # how old an answer may be where the address cannot be reached
_log = logging.getLogger(__name__)


class ClientsStore(ClientStore, DocumentStore, Protocol):
    """The clients that are kept, and the documents."""


@dataclass(frozen=True, slots=True)
class DocumentPolicy:
    """Whose documents are fetched."""

    hosts: frozenset[str] | None = None  # None: everybody's
    on_loopback: bool = False  # http on the machine itself, for development


@dataclass(slots=True)
class DocumentClients:
    """The clients of a store, and those who are known by a document.

    Args:
        store: where both are kept.
        fetcher: the one that checks where it goes.
        policy: whose documents are fetched.
        clock: the time.
        network: of whoever is being answered; None where there is nobody.
    """

    store: ClientsStore
    fetcher: Fetching
    policy: DocumentPolicy
    clock: Clock
    network: Callable[[], str | None]
    _flights: SingleFlight[Client | None] = field(default_factory=SingleFlight, init=False)
    _turns: FetchTurns = field(init=False)
    _threads: ThreadPoolExecutor = field(init=False)  # nothing else waits behind a silent host

    def __post_init__(self) -> None:
        self._turns = FetchTurns(self.clock)
        self._threads = ThreadPoolExecutor(FETCHES_MAX, thread_name_prefix="watchword-documents")

    async def find_client(self, client_id: str) -> Client | None:
        """Return the client if it is registered and active, or says who it is at its address.

        Raises:
            InvalidClient: its document is refused or cannot be had; says why.
            Busy: too many are being fetched.
        """
        if not is_document_id(client_id):
            return await self.store.find_client(client_id)
        kept = await self.store.find_document(client_id)
        if kept is not None and kept.client.origin is not ClientOrigin.DOCUMENT:
            return kept.client if kept.is_active else None
        host = host_of(client_id, on_loopback=self.policy.on_loopback)
        if self.policy.hosts is not None and host not in self.policy.hosts:
            text = "clients of this host are not let in here"
            raise InvalidClient(text, detail=f"{text}: {host}: {NO_HOST}")
        if kept is not None and not kept.is_active:
            return None
        if kept is not None and self.clock.now() < kept.fresh_until:
            return kept.client
        return await self._flights.share(client_id, lambda: self._fetch(client_id, host, kept))

    async def default_client(self) -> Client | None:
        """Return the one default first-party client, if there is one."""
        return await self.store.default_client()

    async def list_resources(self) -> tuple[Resource, ...]:
        """Return the active resources, the default first."""
        return await self.store.list_resources()

    async def list_allowed_origins(self) -> frozenset[str]:
        """Return the origins of pages that active first-party clients list."""
        return await self.store.list_allowed_origins()

    async def list_id_token_algorithms(self) -> tuple[str, ...]:
        """Return the algorithms that active clients ask for, each once, by name."""
        return await self.store.list_id_token_algorithms()

    async def register_client(self, client: Client) -> None:
        """Insert or replace a client on behalf of an administrator."""
        await self.store.register_client(client)

    async def register_resource(self, resource: Resource) -> None:
        """Insert or replace a resource on behalf of an administrator."""
        await self.store.register_resource(resource)

    async def declare(self, said: Declared, *, now: int) -> None:
        """Write what code declares, and retire what it omits."""
        await self.store.declare(said, now=now)

    async def _fetch(self, client_id: str, host: str, kept: KeptDocument | None) -> Client | None:
        try:
            with self._turns.take(host, self.network()):
                document = await asyncio.get_running_loop().run_in_executor(
                    self._threads,
                    partial(self.fetcher.fetch, client_id, bytes_max=DOCUMENT_BYTES_MAX),
                )
        except FetchFailed as error:
            return self._without(error, kept)
        except Busy:
            if kept is None or not self._may_stand_in(kept):
                raise
            return kept.client
        return await self._keep(client_id, document, kept)

    async def _keep(
        self, client_id: str, document: Document, kept: KeptDocument | None
    ) -> Client | None:
        client = read_document(client_id, document.body, document.content_type)
        now = self.clock.now()
        fresh_until = now + lifetime_seconds(document.cache_control)
        fresh = KeptDocument(client, is_active=True, fetched_at=now, fresh_until=fresh_until)
        if kept is not None and fresh.has_other_keys_than(kept):
            # What was issued under those before is flagged and lives on; the operator may end it.
            text = "the keys of the client %s have changed; end what they were given with `%s`"
            _log.warning(text, one_line(client_id), f"watchword app disable {one_line(client_id)}")
        stored = await self.store.keep_document(fresh)
        if stored is NotKept.TOO_MANY:
            raise Busy("too many programs came for the first time; try again later")
        return stored.client if isinstance(stored, KeptDocument) else None

    def _without(self, error: FetchFailed, kept: KeptDocument | None) -> Client:
        """Return what is kept where nothing answers, for a while; refuse everything else.

        The peer is not told whether a name resolves, and to what: it could ask for others' names.
        """
        if isinstance(error, Unreachable) and kept is not None and self._may_stand_in(kept):
            return kept.client
        text = "the client metadata document cannot be reached"
        if isinstance(error, BadAnswer):
            text = f"the client metadata document is refused: {error}"
        # The fetcher's own advice is for code that builds one.
        cause = NOT_PUBLIC if isinstance(error, AddressRefused) and error.detail else error.detail
        raise InvalidClient(text, detail=f"{error}: {cause}")

    def _may_stand_in(self, kept: KeptDocument) -> bool:
        """Whether what is kept is young enough to be believed where no answer can be had."""
        return self.clock.now() < kept.fetched_at + STALE_SECONDS_MAX
