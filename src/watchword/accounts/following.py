"""What an account is to be, by the row of a directory that it follows.

Source: users.md U10, U46 and U111; decisions/0289.
"""

from watchword.accounts.directory import Entry, Follow, Identity, mark_of
from watchword.accounts.errors import HashNotTaken
from watchword.accounts.mail.addresses import EmailAddress, MalformedAddress, parse_email
from watchword.accounts.passwords.foreign import read_foreign
from watchword.accounts.passwords.schemes.bcrypt import is_installed
from watchword.accounts.users import canonical_name

__all__ = ["follow", "follow_gone"]


def follow(
    entry: Entry,
    issuer: str,
    *,
    known: Identity | None,
    is_same_row: bool,
    new_id: str,
    now: int,
) -> Follow:
    """Say what an account is to be.

    Args:
        entry: the row.
        issuer: which directory it is of.
        known: the account that follows it; it keeps its name where no account can have the row's.
        is_same_row: whether it is known to be the row that had the key before.
        new_id: of the account, where there is none yet.
        now: seconds since the epoch.

    Raises:
        ValueError: there is no account, and none can have such a name.
    """
    return Follow(
        issuer=issuer,
        key=entry.key,
        born=entry.born,
        name=_name(entry.name, known),
        address=_address(entry.address),
        is_verified=entry.is_verified,
        is_active=entry.is_active,
        password_hash=_password_hash(entry.password),
        mark=mark_of(entry),
        is_same_row=is_same_row,
        new_id=new_id,
        now=now,
    )


def follow_gone(known: Identity, issuer: str, *, now: int) -> Follow:
    """Say what an account is to be whose row is not found: suspended, and as it is otherwise.

    It is not deleted for that. A directory that was restored or mistaken for another has the row
    again, and then its person has the account again.
    """
    return Follow(
        issuer=issuer,
        key=known.key,
        born=known.born,
        name=known.name,
        address=_address(known.address),
        is_verified=False,
        is_active=False,
        password_hash=None,
        mark=known.mark,
        is_same_row=True,
        new_id=known.user_id,
        now=now,
    )


def _name(written: str, known: Identity | None) -> str:
    try:
        return canonical_name(written)
    except ValueError:
        if known is None:
            raise
        return known.name


def _address(written: str) -> EmailAddress | None:
    try:
        return parse_email(written)
    except MalformedAddress:
        return None


def _password_hash(text: str) -> str | None:
    """Return the stored form of a hash; None for one that is not read, or says that there is none.

    Its person sets another by mail, or in the directory.
    """
    try:
        read = read_foreign(text)
    except HashNotTaken:
        return None
    if read.scheme.name.startswith("bcrypt") and not is_installed():
        return None
    return read.text
