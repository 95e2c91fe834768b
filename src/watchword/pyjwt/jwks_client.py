"""PyJWKClient, on the key set that is kept fresh: one fetch at a time, old keys while it fails.

Source: PyJWT 2.15.1, `jwt.jwks_client`; tokens.md P-4, J-41 to J-44.
"""

import json
import math
from collections.abc import Iterable, Mapping
from ssl import SSLContext
from typing import Any, cast
from warnings import warn

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX, KEYS_MAX
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import KeysUnavailable, PolicyRefused, UnknownKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.pyjwt.exceptions import (
    InvalidAlgorithmError,
    PyJWKClientConnectionError,
    PyJWKClientError,
)
from watchword.jose.pyjwt.jwk import PyJWK, PyJWKSet, default_algorithm
from watchword.jose.pyjwt.jws import get_unverified_header, refuse_hooks
from watchword.keys.remote import LIFETIME_SECONDS_MAX, LIFETIME_SECONDS_MIN
from watchword.net.address import LOOPBACK, Network, is_loopback_host, parse_target
from watchword.net.document import Document, Fetching
from watchword.net.errors import AddressRefused
from watchword.net.jwks import RemoteKeySet

__all__ = ["PyJWKClient"]

# PyJWT's defaults: arguments without effect, of which other values warn.
_CACHED_KEYS_MAX = 16
_TIMEOUT_SECONDS = 30
_COOL_DOWN_SECONDS = 30
_PAIRS = tuple(name for name, row in ALGORITHMS.items() if not row.is_symmetric)


class PyJWKClient:
    """Finds the key of a token in the JWKS at an address.

    Args:
        uri: https, or http to the machine itself.
        cache_keys: nothing; keys are always kept.
        max_cached_keys: nothing.
        cache_jwk_set: nothing; the set is always kept.
        lifespan: seconds for which the set is fresh: 60 to 86,400. Others are the nearer of both,
            with a warning.
        headers: nothing; give `fetcher=ClientFetcher(httpx2.Client(headers=...))`.
        timeout: nothing; a fetch takes at most five seconds.
        ssl_context: for a private certificate authority.
        cooldown_duration: nothing; an unknown key causes a fetch every 30 s at most.
        algorithms: what the keys may be for; every asymmetric one where left out.
        fetcher: for private networks, proxies and headers; replaces `ssl_context`.

    Raises:
        PyJWKClientError: the address may not be fetched, or a number is out of range.
    """

    def __init__(
        self,
        uri: str,
        cache_keys: bool = False,
        max_cached_keys: int = _CACHED_KEYS_MAX,
        cache_jwk_set: bool = True,
        lifespan: float = 300,
        headers: dict[str, Any] | None = None,
        timeout: float = _TIMEOUT_SECONDS,
        ssl_context: SSLContext | None = None,
        cooldown_duration: float = _COOL_DOWN_SECONDS,
        *,
        algorithms: Iterable[str] = _PAIRS,
        fetcher: Fetching | None = None,
    ) -> None:
        if lifespan <= 0 or not math.isfinite(lifespan):
            raise PyJWKClientError("lifespan= is a positive number of seconds")
        if cooldown_duration < 0 or not math.isfinite(cooldown_duration):
            raise PyJWKClientError("cooldown_duration= is a number of seconds, and not negative")
        _warn_of_the_rest(
            cache_keys=bool(cache_keys),
            max_cached_keys=max_cached_keys != _CACHED_KEYS_MAX,
            cache_jwk_set=not cache_jwk_set,
            headers=bool(headers),
            timeout=timeout != _TIMEOUT_SECONDS,
            cooldown_duration=cooldown_duration != _COOL_DOWN_SECONDS,
        )
        _warn_of_a_bound(lifespan)
        self.uri = uri
        names = frozenset(algorithms)
        try:
            local = is_loopback_host(parse_target(uri).host)
            inner = fetcher or _own_fetcher(ssl_context, LOOPBACK if local else ())
            naming = _Naming(inner, names, int(lifespan))
            self._remote = RemoteKeySet(uri, algorithms=names, fetcher=naming)
        except AddressRefused as error:
            refusal = PyJWKClientError(str(error), detail=error.detail)
        else:
            self._handed_out: dict[str, tuple[object, PyJWK]] = {}
            return
        raise refusal

    def __init_subclass__(cls) -> None:
        """Refuse a subclass that fetches in another way: that is what `fetcher` is for."""
        refuse_hooks(cls, frozenset({"fetch_data", "_as_jwk_set_payload"}))

    def fetch_data(self) -> dict[str, Any]:
        """Return the JWKS with the usable keys, asked for again if the cool-down allows."""
        return self._held(refresh=True).publish()

    def get_jwk_set(self, refresh: bool = False) -> PyJWKSet:
        """Return the usable keys.

        Args:
            refresh: ask for them again, if the cool-down allows.

        Raises:
            PyJWKClientConnectionError: there are none at present.
        """
        return PyJWKSet([key.to_jwk() for key in self._held(refresh=refresh)])

    def get_signing_keys(self, refresh: bool = False) -> list[PyJWK]:
        """Return the usable keys that have an id."""
        return [key for key in self.get_jwk_set(refresh) if key.key_id]

    def get_signing_key(self, kid: str) -> PyJWK:
        """Return the key of an id; an unknown one is looked for once a cool-down.

        Raises:
            PyJWKClientError: there is no such key.
            PyJWKClientConnectionError: nobody can say at present.
        """
        key = self._key(kid) or self._key_after_fetch(kid)
        held = self._handed_out.get(kid)
        if held is not None and held[0] is key:
            return held[1]
        if len(self._handed_out) >= KEYS_MAX:
            self._handed_out.clear()
        made = PyJWK(key.to_jwk())
        self._handed_out[kid] = (key, made)
        return made

    def get_signing_key_from_jwt(self, token: str | bytes) -> PyJWK:
        """Return the key that a token's header names. Nothing of the token is proved by it.

        Raises:
            DecodeError: not the form of a token; nothing is fetched.
            InvalidAlgorithmError: signed with an algorithm that no key here is for; likewise.
            PyJWKClientError: as `get_signing_key`.
        """
        header = get_unverified_header(token)
        if header["alg"] not in self._remote.algorithms:
            raise InvalidAlgorithmError("no key of the issuer is for the token's algorithm")
        return self.get_signing_key(header.get("kid", ""))

    @staticmethod
    def match_kid(signing_keys: list[PyJWK], kid: str) -> PyJWK | None:
        """Return the first key of an id, if there is one."""
        return next((key for key in signing_keys if key.key_id == kid), None)

    def __repr__(self) -> str:
        return f"PyJWKClient({self.uri!r})"

    def _held(self, *, refresh: bool) -> KeySet:
        if refresh or self._remote.held is None:
            self._ask("")
        for key in self._remote.held or ():
            self._find(key.alg, key.kid)  # notices that the set grows old
        return cast("KeySet", self._remote.held)  # asking brought it, or raised

    def _key(self, kid: str) -> Key | None:
        algs = [key.alg for key in self._remote.held or () if key.kid == kid]
        return self._find(algs[0], kid) if algs else None

    def _key_after_fetch(self, kid: str) -> Key:
        """Let the key set decide whether an unknown id is worth a fetch, and look again."""
        self._ask(kid)
        key = self._key(kid)
        if key is None:
            raise PyJWKClientError("no key of the issuer has the token's kid", claim="kid")
        return key

    def _ask(self, kid: str) -> None:
        self._find(min(self._remote.algorithms), kid)

    def _find(self, alg: str, kid: str | None) -> Key | None:
        try:
            return cast("Key", self._remote.find(alg, kid))
        except UnknownKey:
            return None
        except KeysUnavailable as error:
            raise PyJWKClientConnectionError(
                error.hint, retry_after=error.retry_after, detail=error.detail
            ) from error


class _Naming:
    """Fetches a JWKS and names the algorithm of keys that do not, as PyJWT does."""

    __slots__ = ("_inner", "_lifespan", "_offered")

    def __init__(self, inner: Fetching, offered: frozenset[str], lifespan: int) -> None:
        self._inner = inner
        self._offered = offered
        self._lifespan = lifespan

    def fetch(self, url: str, *, bytes_max: int) -> Document:
        """Fetch, name and date a document; what is not a JWKS is passed on as it is."""
        document = self._inner.fetch(url, bytes_max=bytes_max)
        body = self._named(document.body)
        return Document(body, f"max-age={self._lifespan}")

    def _named(self, body: bytes) -> bytes:
        try:
            jwks = strict_json.loads(body, bytes_max=JWK_BYTES_MAX)
        except strict_json.MalformedJSON:
            return body
        keys = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(keys, list):
            return body
        named = [self._with_algorithm(key) if isinstance(key, dict) else key for key in keys]
        return json.dumps({"keys": named}).encode("utf-8")

    def _with_algorithm(self, members: Mapping[str, object]) -> Mapping[str, object]:
        alg = default_algorithm(members)
        if "alg" in members or alg not in self._offered:
            return members
        return {**members, "alg": alg}


def _own_fetcher(tls: SSLContext | None, networks: Iterable[Network]) -> Fetching:
    try:
        # Imported here, since the own fetcher stands on an optional library.
        from watchword.net.fetcher import Fetcher  # noqa: PLC0415
    except ImportError:
        raise PolicyRefused(
            "fetching keys needs an HTTP client: pip install 'watchword[client]', or give fetcher="
        ) from None
    return Fetcher(networks=networks, tls=tls)


def _warn_of_the_rest(**ignored: bool) -> None:
    names = ", ".join(f"{name}=" for name, is_ignored in ignored.items() if is_ignored)
    if names:
        warn(f"{names} has no effect; see watchword.net.jwks.RemoteKeySet", stacklevel=3)


def _warn_of_a_bound(lifespan: float) -> None:
    if not LIFETIME_SECONDS_MIN <= lifespan <= LIFETIME_SECONDS_MAX:
        warn(
            f"lifespan= is {LIFETIME_SECONDS_MIN} to {LIFETIME_SECONDS_MAX} seconds; "
            "the nearer of both is taken",
            stacklevel=3,
        )
