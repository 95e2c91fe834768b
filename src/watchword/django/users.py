"""Django's user table as the directory that accounts follow.

    WATCHWORD = {"USERS": "django", ...}
    WATCHWORD = {"USERS": "shop.accounts.Users", ...}     # a class of your own

    class Users(DjangoUsers):
        def is_verified(self, user):
            return True                                # whoever registers here answers a mail

Source: users.md U10; decisions/0289.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import get_hashers, make_password
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DatabaseError, IntegrityError, close_old_connections, models, router
from django.db.models import Q

from watchword.accounts.directory import Entry
from watchword.base.secrets import Secret
from watchword.stores import StoreUnavailable

__all__ = ["DjangoUsers", "doubts", "has_field"]

T = TypeVar("T")

THREADS = 4  # of questions to Django's database, each with a connection of its own
NAME_CHARACTERS_MAX = 512
# What `accounts.passwords.foreign.django` reads.
READ = frozenset({"argon2", "bcrypt", "bcrypt_sha256", "pbkdf2_sha1", "pbkdf2_sha256", "scrypt"})


class DjangoUsers:
    """The rows of `AUTH_USER_MODEL`, read and written by Django in threads."""

    issuer: ClassVar[str] = "django"
    born_field: ClassVar[str] = "date_joined"
    """What differs between two rows that had one key after another."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._pid = 0  # of the process whose threads these are

    def is_verified(self, user: Any) -> bool:  # noqa: ARG002  # for classes of a site's own
        """Whether the person reads mail of the row's address.

        Passwords are reset by such an address alone, and people may sign in with it. Nothing of
        Django's own says so; a person confirms the address on the account pages.
        """
        return False

    async def find(self, names: tuple[str, ...], key: str | None) -> tuple[Entry, ...]:
        """Return the rows with any of some names, and the row with a key."""
        return await self._run(partial(self._find, names, key))

    async def read(self, key: str) -> Entry | None:
        """Return the row with a key."""
        found = await self._run(partial(self._find, (), key))
        return found[0] if found else None

    async def set_password(self, entry: Entry, password: Secret) -> Entry | None:
        """Hash a password as Django does, and write it if the row still has the other one."""
        return await self._run(partial(self._set_password, entry, password))

    async def rename(self, entry: Entry, name: str) -> Entry | None:
        """Write a name that the model takes and no other row has."""
        return await self._run(partial(self._rename, entry, name))

    async def close(self, entry: Entry) -> Entry | None:
        """Mark a row as inactive."""
        changed = {"is_active": (entry.is_active, False)}
        return await self._run(lambda: self._change(entry.key, changed))

    async def put_back(self, before: Entry, after: Entry) -> None:
        """Undo a change, if the row is still as it left it."""
        pairs = {
            _name_field(): (after.name, before.name),
            "is_active": (after.is_active, before.is_active),
            "password": (after.password, before.password),
        }
        changed = {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
        await self._run(lambda: self._change(after.key, changed))

    def all_keys(self) -> Iterator[str]:
        """Return the key of every row. It blocks."""
        return map(str, self._rows().order_by("pk").values_list("pk", flat=True).iterator())

    def row(self, key: str) -> Any:
        """Return the row with a key as Django has it, or None. It blocks."""
        return self._rows().filter(pk=key).first()

    def _find(self, names: tuple[str, ...], key: str | None) -> tuple[Entry, ...]:
        wanted = Q(**{f"{_name_field()}__in": [name for name in names if _can_be_asked(name)]})
        if key is not None:
            wanted |= Q(pk=key)
        return tuple(self._entry(row) for row in self._rows().filter(wanted)[: len(names) + 1])

    def _set_password(self, entry: Entry, password: Secret) -> Entry | None:
        hashed = make_password(password.reveal())
        return self._change(entry.key, {"password": (entry.password, hashed)})

    def _rename(self, entry: Entry, name: str) -> Entry | None:
        field: Any = get_user_model()._meta.get_field(_name_field())  # noqa: SLF001  # Django documents it
        try:
            field.clean(name, None)
            return self._change(entry.key, {field.name: (entry.name, name)})
        except (ValidationError, IntegrityError):
            return None

    def _change(self, key: str, changed: Mapping[str, tuple[object, object]]) -> Entry | None:
        """Write columns of a row that has what it had; no signal tells of it.

        Args:
            key: of the row.
            changed: by field, what the row has and what it is to have.
        """
        had = {field: before for field, (before, _) in changed.items()}
        given = {field: after for field, (_, after) in changed.items()}
        if not self._rows().filter(pk=key, **had).update(**given):
            return None
        found = self._find((), key)
        return found[0] if found else None

    def _entry(self, row: Any) -> Entry:
        return Entry(
            key=str(row.pk),
            born=_moment(getattr(row, self.born_field, None)),
            name=row.get_username(),
            address=getattr(row, row.get_email_field_name(), None) or "",
            is_verified=self.is_verified(row),
            is_active=row.is_active,
            password=row.password,
        )

    def _rows(self) -> "models.QuerySet[Any]":
        """Return all rows, of the database that is written: a copy may lag behind."""
        model = get_user_model()
        return model._base_manager.using(router.db_for_write(model))  # noqa: SLF001  # Django documents it

    async def _run(self, work: Callable[[], T]) -> T:
        """Run a question in a thread; an event loop may not wait for Django's database.

        Raises:
            StoreUnavailable: Django's database does not answer.
        """
        if self._threads is None or self._pid != os.getpid():  # a fork has no thread but its own
            self._pid = os.getpid()
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="watchword-users")
        try:
            return await asyncio.wrap_future(self._threads.submit(_connected, work))
        except DatabaseError as error:
            raise StoreUnavailable(
                f"Django's table of users cannot be asked: {type(error).__name__}",
                fix="see that Django's database answers and `manage.py migrate` has run",
            ) from error


def doubts() -> Iterator[tuple[int, str]]:
    """Return what a site should know whose accounts follow its table, each with a number."""
    if not has_field(DjangoUsers.born_field):
        yield (
            1,
            f"the model of AUTH_USER_MODEL has no field {DjangoUsers.born_field}: a row that is "
            "deleted by SQL, and another that gets its key, cannot be told apart",
        )
    unread = sorted({str(hasher.algorithm) for hasher in get_hashers()} - READ)
    if unread:
        yield (
            2,
            f"PASSWORD_HASHERS has {', '.join(unread)}, whose hashes are not read here: their "
            "owners sign in at the site, or set another password by mail",
        )


def has_field(name: str) -> bool:
    """Whether the model of users has a field, and not a plain attribute, of a name."""
    try:
        get_user_model()._meta.get_field(name)  # noqa: SLF001  # Django documents it
    except FieldDoesNotExist:
        return False
    return True


def _connected(work: Callable[[], T]) -> T:
    """Run a question, and let go of its connection as Django does after a request."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _moment(born: Any) -> str:
    """Return one spelling of a moment, whatever zone it is told in."""
    if isinstance(born, datetime) and born.tzinfo is not None:
        return born.astimezone(UTC).isoformat()
    return "" if born is None else str(born)


def _name_field() -> str:
    return str(get_user_model().USERNAME_FIELD)


def _can_be_asked(name: str) -> bool:
    """Whether a database takes a text that somebody typed."""
    if len(name) > NAME_CHARACTERS_MAX or "\0" in name:
        return False
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # half of a character, as JSON can write it
        return False
    return True
