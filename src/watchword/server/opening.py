"""Opening a server: the database, the keys, what code declares; then everything is started.

Source: ARCHITECTURE section 1; oauth.md K-1 and M-1.
"""

from watchword.accounts.directory import Directory
from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.keys.errors import KeyRingError
from watchword.keys.record import KeyStore
from watchword.keys.ring import KeyRing
from watchword.keys.sealing import SealingKey
from watchword.oidc.discovery import document as metadata_document
from watchword.server.assembly import Parts, assemble
from watchword.server.declarations import Declarations, write_declarations
from watchword.server.documents import document
from watchword.server.errors import ConfigurationError
from watchword.server.key_file import make_key_file, read_key_file
from watchword.server.languages import LANGUAGES
from watchword.server.passwords import open_passwords
from watchword.server.places import open_places
from watchword.server.runtime import Runtime
from watchword.server.settings import Settings
from watchword.stores import SchemaMissing, Store, migrate, open_store

__all__ = ["open_runtime"]


async def open_runtime(
    settings: Settings,
    declarations: Declarations,
    *,
    directory: Directory | None = None,
    clock: Clock,
    chance: Chance,
) -> Runtime:
    """Open database, keys and threads; an empty database gets its tables.

    Args:
        settings: checked when they were made.
        declarations: clients, resources, and what the metadata lists.
        directory: the table of people elsewhere that accounts follow, if they follow one.
        clock: the time.
        chance: randomness.

    Raises:
        ConfigurationError: the sealing key is missing, exposed or of another database, or
            stored password hashes could not be checked.
        SchemaOutdated, StoreUnavailable: each names the fix.
    """
    store = await _open_store(settings, clock)
    if directory is not None:
        store = _following(store, directory, clock, chance)
    try:
        sealing = await _sealing_key(settings, store, chance)
        ring = await _open_ring(settings, store, sealing, clock=clock, chance=chance)
        passwords = await open_passwords(settings, store)
        places = open_places(settings.geo_file)
        await write_declarations(declarations, store, issuer=settings.issuer, now=clock.now())
        published = metadata_document(
            settings.issuer,
            endpoints=declarations.endpoints,
            resources=await store.list_resources(),
            ui_locales=LANGUAGES,
            offers_signup=settings.register,
        )
        if settings.client_documents != "off":
            published["client_id_metadata_document_supported"] = True
    except BaseException:
        await store.close()
        raise
    parts = Parts(settings, clock, chance, store, ring, sealing, passwords, places)
    runtime = assemble(parts, document(published))
    if runtime.mail_worker is not None:
        runtime.mail_worker.start()
    runtime.caretaker.start()
    runtime.sweeper.start()
    runtime.tracer.start()
    return runtime


async def _open_store(settings: Settings, clock: Clock) -> Store:
    try:
        return await open_store(settings.database, clock=clock)
    except SchemaMissing:
        pass  # a first start; an older schema is upgraded by `watchword migrate` alone
    await migrate(settings.database)
    return await open_store(settings.database, clock=clock)


def _following(store: Store, directory: Directory, clock: Clock, chance: Chance) -> Store:
    # Few servers follow anybody.
    from watchword.server.following import FollowingStore  # noqa: PLC0415

    return FollowingStore(store, directory, clock, chance)


async def _sealing_key(settings: Settings, store: KeyStore, chance: Chance) -> SealingKey:
    """Read the key, or make it where there is nothing yet that it would have to open."""
    path = settings.key_path
    if path.exists() or await store.list_signing_keys():
        return read_key_file(path)
    return make_key_file(path, chance)


async def _open_ring(
    settings: Settings, store: KeyStore, sealing: SealingKey, *, clock: Clock, chance: Chance
) -> KeyRing:
    try:
        return await KeyRing.open(
            store, sealing, alg=settings.signing_alg, clock=clock, chance=chance
        )
    except KeyRingError as error:
        raise ConfigurationError(
            "key_file",
            error.detail,
            fix=error.fix[:1].upper() + error.fix[1:],
            origin=str(settings.key_path),
        ) from None
