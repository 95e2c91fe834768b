"""A store whose accounts follow a directory: what it asks of the rows, and when.

Whoever signs in, refreshes or shows the cookie of a session is looked for in the directory first,
so that a row which was changed behind every signal counts from then on. What a person changes here
is written there first; what fails after that is brought over by the next look.

Source: users.md U10; OWASP ASVS 5.0 V6.3.8; security.md D5 and rule 42; decisions/0289.
"""

import logging
from typing import Final

from watchword.accounts.administration.audit import AuditEntry, Author, Deed
from watchword.accounts.credentials import Credential
from watchword.accounts.directory import (
    Directory,
    Entry,
    Followed,
    Identity,
    NoteMark,
    is_followed,
    mark_of,
)
from watchword.accounts.following import follow, follow_gone
from watchword.accounts.links import RedeemLink
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.password_change import ChangePassword, PasswordChange
from watchword.accounts.person.deletion import DeleteAccount, DeletionOutcome
from watchword.accounts.person.rename import ChangeName, NameChange
from watchword.accounts.sessions import NewSession, Session
from watchword.accounts.users import USER_ID_PREFIX, User, canonical_name
from watchword.base.chance import Chance, new_id
from watchword.base.clock import Clock
from watchword.oauth.families import Facts, OpenFamily, Refused, Rotated, RotateRefreshToken
from watchword.stores import Store

__all__ = ["FollowingStore"]

_log = logging.getLogger(__name__)
_NOBODY: Final = ""  # no row has this key, and no account this id


class FollowingStore(Store):
    """A store whose accounts are those of a directory.

    Args:
        store: where the accounts are.
        directory: says who exists.
        clock: the time.
        chance: makes the ids of accounts.
    """

    __slots__ = ("_chance", "_clock", "_directory")

    def __init__(self, store: Store, directory: Directory, clock: Clock, chance: Chance) -> None:
        super().__init__(store._driver, store._tenant)  # noqa: SLF001  # the same handle, with more
        self._directory = directory
        self._clock = clock
        self._chance = chance

    def with_deed(self, deed: Deed, *, by: Author, now: int) -> "FollowingStore":
        """Return a handle for one write that an administrator makes."""
        return self._following(super().with_deed(deed, by=by, now=now))

    def undoing(self, entry: AuditEntry) -> "FollowingStore":
        """Return a handle for one write that undoes an act of the audit log."""
        return self._following(super().undoing(entry))

    async def find_credential(
        self, name: str, *, address: str = "", typed: str = ""
    ) -> Credential | None:
        """Return the credential after a look at the rows with this name, and at its own row.

        Names that exist and names that do not are asked about alike: two questions here and one to
        the directory. More is asked and written only where something differs.
        """
        found = await super().find_credential(name, address=address, typed=typed)
        known = await self._identity_of(_NOBODY if found is None else found.user.id)
        names = tuple(dict.fromkeys((typed or name, name)))
        entries = await self._directory.find(names, None if known is None else known.key)
        if not await self._have_changed(known, entries):
            return found
        return await super().find_credential(name, address=address, typed=typed)

    async def find_session(
        self, cookie_hash: bytes, *, now: int, origin: Origin = NOWHERE
    ) -> Session | None:
        """Return the session if it is live after a look at its person's row."""
        found = await super().find_session(cookie_hash, now=now, origin=origin)
        if found is None or not await self._have_parties_changed(found):
            return found
        return await super().find_session(cookie_hash, now=now, origin=origin)

    async def glance_session(self, cookie_hash: bytes, *, now: int) -> Session | None:
        """Return the same without counting it as use."""
        found = await super().glance_session(cookie_hash, now=now)
        if found is None or not await self._have_parties_changed(found):
            return found
        return await super().glance_session(cookie_hash, now=now)

    async def open_session(
        self, session: NewSession, *, user_id: str, password_hash: str | None, now: int
    ) -> Session | None:
        """Open the session after a look: whoever shows a passkey is found by no name."""
        await self._has_changed(user_id)
        return await super().open_session(
            session, user_id=user_id, password_hash=password_hash, now=now
        )

    async def open_family(self, command: OpenFamily) -> Facts | Refused:
        """Open session and family after a look, as above."""
        await self._has_changed(command.user_id)
        return await super().open_family(command)

    async def rotate_refresh_token(self, command: RotateRefreshToken) -> Rotated | Refused:
        """Apply the refresh rule after a look at the row of whose token it is."""
        state = await self.read_refresh_state(command.token_hash, now=command.now)
        if state is not None:
            await self._has_changed(state.user.id)
        return await super().rotate_refresh_token(command)

    async def change_password(self, command: ChangePassword) -> PasswordChange:
        """Write the password there, then here; one that changed there meanwhile stays."""
        known = await self._identity_of(command.user_id)
        if known is None or command.password is None:
            return await super().change_password(command)
        before = await self._as_known(known)
        after = before and await self._directory.set_password(before, command.password)
        if before is None or after is None:
            await self._look(known)
            return PasswordChange.SESSION_OVER  # as every session is once that is brought over
        changed = await self.change_password_there(command, self._note(after))
        if changed is not PasswordChange.CHANGED:
            await self._directory.put_back(before, after)
        return changed

    async def redeem_link(self, command: RedeemLink) -> User | None:
        """Spend the link on a password there and here; of concurrent callers one gets the user."""
        link = command.token_hash, command.purpose
        user = await self.find_link(*link, now=command.now)
        known = await self._identity_of(_NOBODY if user is None else user.id)
        if known is None or command.password is None:
            return await super().redeem_link(command)
        # Again, as the link may have been spent before the row was read.
        if await self.find_link(*link, now=command.now) is None:
            return None
        before = await self._as_known(known)
        after = before and await self._directory.set_password(before, command.password)
        if before is None or after is None:
            await self._look(known)
            return None
        redeemed = await self.redeem_link_there(command, self._note(after))
        if redeemed is None:
            await self._directory.put_back(before, after)
        return redeemed

    async def change_name(self, command: ChangeName) -> NameChange:
        """Give the row the name, then the account."""
        known = await self._identity_of(command.user_id)
        before = None if known is None else await self._directory.read(known.key)
        if before is None:
            return await super().change_name(command)
        after = await self._directory.rename(before, command.name)
        if after is None:
            return NameChange.TAKEN
        changed = await super().change_name(command)
        if changed not in {NameChange.CHANGED, NameChange.UNCHANGED}:
            await self._directory.put_back(before, after)
        return changed

    async def delete_account(self, command: DeleteAccount) -> DeletionOutcome:
        """Mark the row as inactive, then delete the account: nobody comes back by signing in."""
        known = await self._identity_of(command.user_id)
        before = None if known is None else await self._directory.read(known.key)
        after = None if before is None else await self._directory.close(before)
        outcome = await super().delete_account(command)
        is_kept = outcome is DeletionOutcome.LAST_ADMINISTRATOR
        if before is not None and after is not None and is_kept:
            await self._directory.put_back(before, after)
        return outcome

    async def look_at(self, key: str, *, is_same_row: bool = False) -> Followed:
        """Bring the account of a row to what the row says at this moment.

        Args:
            key: of the row.
            is_same_row: whether it is known to be the row that had the key before.
        """
        known = await self.find_identity(self._directory.issuer, key)
        entry = await self._directory.read(key)
        if entry is not None:
            return await self._bring(entry, known, is_same_row=is_same_row)
        return Followed.ABSENT if known is None else await self._lose(known)

    async def forget(self, key: str) -> Followed:
        """Delete the account of a row that was deleted."""
        return await self.forget_identity(self._directory.issuer, key, now=self._clock.now())

    def _following(self, store: Store) -> "FollowingStore":
        """Return another handle whose accounts are those of the same directory."""
        return FollowingStore(store, self._directory, self._clock, self._chance)

    async def _have_parties_changed(self, session: Session) -> bool:
        """Look at the row of whose session it is, and of whoever acts in it."""
        has_changed = await self._has_changed(session.user.id)
        if session.actor is None:
            return has_changed
        return await self._has_changed(session.actor.user_id) or has_changed

    async def _has_changed(self, user_id: str) -> bool:
        known = await self._identity_of(user_id)
        return known is not None and await self._look(known) is not Followed.UNCHANGED

    async def _look(self, known: Identity) -> Followed:
        entry = await self._directory.read(known.key)
        return await (self._lose(known) if entry is None else self._bring(entry, known))

    async def _have_changed(self, known: Identity | None, entries: tuple[Entry, ...]) -> bool:
        issuer, have_changed = self._directory.issuer, False
        if known is not None and all(entry.key != known.key for entry in entries):
            have_changed = await self._lose(known) is not Followed.UNCHANGED
        for entry in entries:
            is_known = known is not None and entry.key == known.key
            other = known if is_known else await self.find_identity(issuer, entry.key)
            followed = await self._bring(entry, other)
            # An inactive row whose account was another's has none any more: that is a change.
            as_it_was = Followed.INACTIVE if other is None else Followed.UNCHANGED
            have_changed |= followed not in {Followed.UNCHANGED, as_it_was}
        return have_changed

    async def _bring(
        self, entry: Entry, known: Identity | None, *, is_same_row: bool = False
    ) -> Followed:
        """Bring an account to what its row says, if they differ."""
        followed = await self._follow(entry, known, is_same_row=is_same_row)
        if followed is Followed.NAME_TAKEN and await self._is_given_up(canonical_name(entry.name)):
            followed = await self._follow(entry, known, is_same_row=is_same_row)
        if followed is Followed.NAME_TAKEN:
            _log.warning("%s: another account has its name", self._row(entry))
        return followed

    async def _follow(
        self, entry: Entry, known: Identity | None, *, is_same_row: bool = False
    ) -> Followed:
        try:
            wanted = follow(
                entry,
                self._directory.issuer,
                known=known,
                is_same_row=is_same_row,
                new_id=new_id(self._chance, USER_ID_PREFIX),
                now=self._clock.now(),
            )
        except ValueError:
            _log.warning("%s: no account can have its name", self._row(entry))
            return Followed.UNCHANGED
        if is_followed(known, wanted):
            return Followed.INACTIVE if known is None else Followed.UNCHANGED
        return await self.follow_entry(wanted)

    def _row(self, entry: Entry) -> str:
        return f"row {entry.key} of {self._directory.issuer}"

    async def _lose(self, known: Identity) -> Followed:
        """Suspend an account whose row is not found, unless it is."""
        wanted = follow_gone(known, self._directory.issuer, now=self._clock.now())
        if is_followed(known, wanted):
            return Followed.UNCHANGED
        return await self.follow_entry(wanted)

    async def _is_given_up(self, name: str) -> bool:
        """Whether the row of whoever has a name has another one, or is gone; it is free then."""
        holder = await self.find_user(name)
        known = None if holder is None else await self._identity_of(holder.id)
        if known is None:
            return False
        entry = await self._directory.read(known.key)
        if entry is None:
            await self.forget(known.key)
            return True
        await self._follow(entry, known)
        return await self.find_user(name) is None

    async def _identity_of(self, user_id: str) -> Identity | None:
        return await self.find_identity_of(self._directory.issuer, user_id)

    async def _as_known(self, known: Identity) -> Entry | None:
        """Return the row, if it still keeps the password that was brought over last."""
        entry = await self._directory.read(known.key)
        return entry if entry is not None and mark_of(entry) == known.mark else None

    def _note(self, after: Entry) -> NoteMark:
        return NoteMark(self._directory.issuer, after.key, mark_of(after))
