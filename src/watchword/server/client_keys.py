"""The public keys of clients: those of their registration, and those behind a `jwks_uri`.

An address that an operator wrote down may be on the machine itself; one that a stranger named may
not. Of the key sets that are fetched, the latest few are kept in memory, each fresh by itself.

Source: oauth.md C-4, C-7; tokens.md J-41; security.md rule 102.
"""

from collections import OrderedDict

from watchword.base.clock import Clock
from watchword.jose.errors import InvalidKey
from watchword.jose.jwt.verifier import Keys
from watchword.net.document import Fetching
from watchword.net.errors import FetchFailed
from watchword.net.jwks import RemoteKeySet
from watchword.oauth.client_authentication import StoredKeys
from watchword.oauth.client_authentication.assertion import ALGORITHMS
from watchword.oauth.clients import Client
from watchword.oauth.scopes import STRANGERS

__all__ = ["FetchedClientKeys"]

SETS_MAX = 256  # in memory, a few KiB each


class FetchedClientKeys:
    """Carries out `ClientKeys` with what is stored and what is fetched.

    Args:
        fetcher: for addresses that strangers named.
        clock: measures the age of keys.
    """

    __slots__ = ("_clock", "_fetcher", "_sets", "_stored")

    def __init__(self, fetcher: Fetching, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._stored = StoredKeys()
        self._sets: OrderedDict[tuple[str, bool], RemoteKeySet] = OrderedDict()

    def of(self, client: Client) -> Keys | None:
        """Return the public keys of a client, or None where it has none.

        Raises:
            JoseError: they cannot be read, or may not be fetched.
        """
        if client.jwks_uri is None:
            return self._stored.of(client)
        named = client.jwks_uri, client.origin in STRANGERS
        found = self._sets.get(named)
        if found is None:
            found = self._sets[named] = self._open(*named)
        self._sets.move_to_end(named)
        while len(self._sets) > SETS_MAX:
            self._sets.popitem(last=False)
        return found

    def _open(self, url: str, is_strangers: bool) -> RemoteKeySet:  # noqa: FBT001  # half of a key
        fetcher = self._fetcher if is_strangers else None
        try:
            return RemoteKeySet(url, algorithms=ALGORITHMS, fetcher=fetcher, clock=self._clock)
        except FetchFailed as error:
            raise InvalidKey(f"jwks_uri may not be fetched: {error}", claim="jwks_uri") from None
