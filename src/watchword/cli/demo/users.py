"""The demonstration's users: fresh passphrases at each start, of which only hashes are stored.

Source: ARCHITECTURE section 6 (the demo); users.md U22 and U25; security.md rule 50.
"""

from collections.abc import Mapping
from types import MappingProxyType

from watchword.accounts.links import LinkPurpose, RedeemLink, new_link
from watchword.accounts.passwords.acceptance import new_passphrase
from watchword.accounts.users import USER_ID_PREFIX, NewUser, User
from watchword.base.chance import new_id, new_secret
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest
from watchword.server.runtime import Runtime

__all__ = ["ROLES", "Person", "make_people"]

# In the order in which they are told. Everybody holds `user`, with which the notes are shared.
ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "alice": frozenset({"user"}),
        "bob": frozenset({"user"}),
        "admin": frozenset({"user", "admin"}),
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demonstration, and the passphrase of this start."""

    user: User
    passphrase: Secret


async def make_people(runtime: Runtime) -> tuple[Person, ...]:
    """Give every user of the demonstration another passphrase; add those who are missing.

    Sessions of earlier starts end with the passphrase that they began with.

    Raises:
        LiveStore: the database holds users that no demonstration made.
    """
    await runtime.store.mark_demo()
    return tuple([await _make_person(name, roles, runtime) for name, roles in ROLES.items()])


async def _make_person(name: str, roles: frozenset[str], runtime: Runtime) -> Person:
    store, now = runtime.store, runtime.clock.now()
    added = NewUser(
        id=new_id(runtime.chance, USER_ID_PREFIX),
        name=name,
        password_hash=None,
        roles=roles,
        created_at=now,
    )
    await store.add_user(added)  # an earlier start may have added them
    user = await store.find_user(name)
    assert user is not None  # noqa: S101  # just added, and users are never deleted
    passphrase, link = new_passphrase(runtime.chance), new_secret(runtime.chance)
    await store.add_link(new_link(link, purpose=LinkPurpose.SET_PASSWORD, user_id=user.id, now=now))
    password_hash = await runtime.hasher.hash(passphrase, runtime.credentials.parameters)
    command = RedeemLink(digest(link), LinkPurpose.SET_PASSWORD, password_hash, now)
    await store.redeem_link(command)
    return Person(user, passphrase)
