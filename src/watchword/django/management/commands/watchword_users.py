"""`manage.py watchword_users`: bring every row of Django's users over.

    python manage.py watchword_users

Signals and sign-ins do it one by one. This is for rows that were there before, and for those that
an update of many rows or SQL has changed.

Source: users.md U10; decisions/0289.
"""

from collections import Counter
from functools import partial
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from watchword.accounts.directory import Followed
from watchword.django.views import site_server
from watchword.server.following import FollowingStore
from watchword.stores import StoreError

__all__ = ["Command"]

KEYS_AT_ONCE = 500
SECONDS_MAX = 600.0  # of so many, each a transaction where it has changed


class Command(BaseCommand):
    """Brings every row over, and says what became of them."""

    help = "Bring the accounts of watchword to what Django's table of users says."

    def handle(self, *_: Any, **__: Any) -> None:
        """Walk the table. Raises CommandError where a database does not answer."""
        server, counted = site_server(), Counter[Followed]()
        if server.users is None:
            raise CommandError('accounts follow nothing: add "USERS": "django" to WATCHWORD')
        try:
            rest = server.users.all_keys()
            while keys := tuple(islice(rest, KEYS_AT_ONCE)):
                work = partial(_look_at, keys)
                counted.update(server.follow(work, seconds=SECONDS_MAX))
        except StoreError as error:
            raise CommandError(str(error)) from error
        said = ", ".join(f"{each.value.replace('_', ' ')}: {counted[each]}" for each in Followed)
        self.stdout.write(said)


async def _look_at(keys: tuple[str, ...], store: FollowingStore) -> list[Followed]:
    return [await store.look_at(key) for key in keys]
