"""A directory: a table of people elsewhere that says who exists, and that accounts here follow.

A row is known by its key and never by a name or an address. Its name, its address, whether it is
active and its password are brought over when they differ; roles, second factors, sessions and
consents belong to the account alone. Whatever a person changes here that the directory has as well
is written there first: if the rest fails, the next look brings it over.

Source: users.md U10 and U46; OWASP ASVS 5.0 V6.8.1; security.md rule 42.
"""

from dataclasses import field
from enum import Enum
from typing import Protocol

from watchword.accounts.links import RedeemLink
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.password_change import ChangePassword, PasswordChange
from watchword.accounts.users import User, UserStatus
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = [
    "Directory",
    "Entry",
    "Follow",
    "Followed",
    "Identity",
    "IdentityStore",
    "NoteMark",
    "is_another_row",
    "is_followed",
    "mark",
    "mark_of",
]

DRAWN_CHARACTERS_MIN = 20  # of a hash with its salt, or of what Django draws in place of one


@dataclass(frozen=True, slots=True)
class Entry:
    """A person as the directory has them at this moment."""

    key: str
    born: str  # tells rows apart that had one key after another; empty where nothing does
    name: str  # as it is written there
    address: str  # empty: none
    is_verified: bool  # whether the directory knows that the person reads mail of the address
    is_active: bool
    password: str = field(repr=False)  # the hash, in the directory's own form


@dataclass(frozen=True, slots=True)
class Identity:
    """The account that follows a row, as both stood when it was last brought over."""

    user_id: str
    name: str
    status: UserStatus
    is_suspended_by_directory: bool
    key: str
    born: str
    address: str  # canonical; empty: none
    has_open_claim: bool  # nobody has proved yet to read mail of the address
    mark: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Follow:
    """What an account is to be, by what the directory says."""

    issuer: str  # which directory
    key: str
    born: str
    name: str  # canonical
    address: EmailAddress | None
    is_verified: bool
    is_active: bool
    password_hash: str | None = field(repr=False)  # in the stored form; None: none that is read
    mark: bytes = field(repr=False)  # of the password as the directory keeps it
    is_same_row: bool  # whoever tells of it knows that no other row had the key before
    new_id: str  # of the account, where there is none yet
    now: int

    @property
    def canonical_address(self) -> str:
        """The address as it is compared; empty where there is none."""
        return "" if self.address is None else self.address.canonical


class Followed(Enum):
    """What became of an account."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    INACTIVE = "inactive"  # the row, which has no account and gets none
    ABSENT = "absent"  # neither here nor there
    NAME_TAKEN = "name_taken"  # an account that is no row of the directory has the name


@dataclass(frozen=True, slots=True)
class NoteMark:
    """The password that a directory keeps from then on."""

    issuer: str
    key: str
    mark: bytes = field(repr=False)


class IdentityStore(Protocol):
    """What following needs of a store. Each method is one transaction."""

    async def find_identity(self, issuer: str, key: str) -> Identity | None:
        """Return the account that follows a row."""
        ...

    async def find_identity_of(self, issuer: str, user_id: str) -> Identity | None:
        """Return which row an account follows; None for one that follows none."""
        ...

    async def follow_entry(self, wanted: Follow) -> Followed:
        """Bring an account to what its row says: all or nothing.

        A password that differs, or a row that is inactive, ends every session and family. Another
        row under the same key is another person: the account that was there is deleted. The last
        administrator is no exception. Of concurrent callers one adds an account.
        """
        ...

    async def forget_identity(self, issuer: str, key: str, *, now: int) -> Followed:
        """Delete the account of a row that is gone, with everything that hangs on it."""
        ...

    async def change_password_there(
        self, command: ChangePassword, note: NoteMark
    ) -> PasswordChange:
        """Do as `change_password`, and note what the directory keeps from then on."""
        ...

    async def redeem_link_there(self, command: RedeemLink, note: NoteMark) -> User | None:
        """Do as `redeem_link`, and note what the directory keeps from then on."""
        ...


class Directory(Protocol):
    """The table of people. Each method is one question or one statement, and may take its time."""

    @property
    def issuer(self) -> str:
        """What the directory is called; with the key of a row it is who somebody is."""
        ...

    async def find(self, names: tuple[str, ...], key: str | None) -> tuple[Entry, ...]:
        """Return the rows with any of some names, and the row with a key: one question."""
        ...

    async def read(self, key: str) -> Entry | None:
        """Return the row with a key."""
        ...

    async def set_password(self, entry: Entry, password: Secret) -> Entry | None:
        """Hash and write a password, if the row still has the one of `entry`; return the row."""
        ...

    async def rename(self, entry: Entry, name: str) -> Entry | None:
        """Write a name, if the row has that of `entry` and may have this one; return the row."""
        ...

    async def close(self, entry: Entry) -> Entry | None:
        """Mark a row as inactive, if it is as `entry` says; return the row."""
        ...

    async def put_back(self, before: Entry, after: Entry) -> None:
        """Undo one of the three above, if the row is still as it left it."""
        ...


def mark(password: str) -> bytes:
    """Return what tells whether a directory keeps another hash than before."""
    return digest(Secret(password))


def mark_of(entry: Entry) -> bytes:
    """Return the mark of a row's password; rows without one have none in common.

    A text that is too short to hold a salt stands in many rows, such as "!" where people sign in
    elsewhere: it tells nobody from anybody.
    """
    is_drawn = len(entry.password) >= DRAWN_CHARACTERS_MIN
    return mark(entry.password if is_drawn else f"{entry.password} since {entry.born}")


def is_another_row(known: Identity, wanted: Follow) -> bool:
    """Tell whether the key is that of another row than before.

    A hash that has stayed is of one person, whatever became of the day of birth: its salt is drawn
    once. So a site that begins to write times otherwise ends no account.
    """
    return not wanted.is_same_row and known.born != wanted.born and known.mark != wanted.mark


def is_followed(known: Identity | None, wanted: Follow) -> bool:
    """Tell whether an account is as its row says, so that nothing has to be written."""
    if known is None:
        return not wanted.is_active
    is_suspended = known.status is UserStatus.SUSPENDED
    stands = not (known.is_suspended_by_directory and wanted.is_active)
    return (
        stands
        and (wanted.is_active or is_suspended)
        and known.born == wanted.born
        and known.name == wanted.name
        and known.address == wanted.canonical_address
        and not (known.has_open_claim and wanted.is_verified)
        and known.mark == wanted.mark
    )
