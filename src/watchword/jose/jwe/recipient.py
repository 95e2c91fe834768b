"""What encryption asks of a key, and how the one key for a header is chosen.

Source: RFC 7516 sections 5.1 and 5.2; tokens.md J-7, J-8, J-32, J-40.
"""

from collections.abc import Iterable
from typing import Protocol

from watchword.base.chance import Chance
from watchword.base.limits import KEYS_MAX
from watchword.jose.algorithms.table import ContentEncryption, KeyManagement
from watchword.jose.errors import KeyMismatch, PolicyRefused, UnknownKey
from watchword.jose.jwe.header import Header
from watchword.jose.jwe.wrapping import Members, Wrapped

__all__ = ["DecryptionKeys", "RecipientKey", "is_for", "is_recipient_key"]


class RecipientKey(Protocol):
    """A key of one recipient. `jwe.Key`, `jwe.Secret` and `jwe.Password` are such."""

    @property
    def alg(self) -> str:
        """The key's one algorithm."""
        ...

    @property
    def algorithm(self) -> KeyManagement:
        """The row of the key's one algorithm."""
        ...

    @property
    def kid(self) -> str | None:
        """The key's id."""
        ...

    def check_content(self, enc: ContentEncryption) -> None:
        """Refuse a content encryption that the key is not for.

        Raises:
            KeyMismatch: a direct key encrypts by the one algorithm that it was made for.
        """
        ...

    def check_decrypts(self) -> None:
        """Refuse a key that cannot decrypt.

        Raises:
            InvalidKey: a public half alone.
            KeyMismatch: `key_ops` does not allow it.
        """
        ...

    def wrap(self, cek: bytes, enc: ContentEncryption, members: Members, chance: Chance) -> Wrapped:
        """Convey a CEK to this recipient.

        Args:
            cek: a random one. Keys that fix the CEK return theirs instead.
            enc: what the CEK is for.
            members: the header so far, whose apu and apv name the parties.
            chance: the source of what is random.

        Raises:
            KeyMismatch: `key_ops` does not allow it, or the key is for another `enc`.
            PolicyRefused: apu or apv is not base64url.
        """
        ...

    def unwrap(
        self, encrypted_key: bytes, enc: ContentEncryption, members: Members
    ) -> bytes | None:
        """Return the CEK, or None where this key does not open what it is given.

        Raises:
            MalformedToken: the encrypted key or a member has a form that no sender makes. What
                is raised follows from the text alone, never from the key.
        """
        ...


class DecryptionKeys:
    """The keys of one decrypter, all symmetric or all asymmetric.

    Raises:
        PolicyRefused: none, too many, mixed, or something that is no key for decryption.
    """

    __slots__ = ("_keys", "algorithms")

    def __init__(self, keys: object) -> None:
        offered = tuple(keys) if isinstance(keys, Iterable) else (keys,)
        if isinstance(keys, str | bytes) or not all(map(is_recipient_key, offered)):
            raise PolicyRefused(
                "decryption takes jwe.Key, jwe.Secret or jwe.Password; text is never a key, and a "
                "key for signatures does nothing else"
            )
        if not 0 < len(offered) <= KEYS_MAX:
            raise PolicyRefused(f"name 1 to {KEYS_MAX} keys")
        self._keys: tuple[RecipientKey, ...] = offered
        if len({key.algorithm.is_symmetric for key in self._keys}) != 1:
            raise PolicyRefused("keys are all shared secrets or all key pairs, never both")
        named = [key.kid for key in self._keys if key.kid is not None]
        if len(set(named)) != len(named):
            raise PolicyRefused("two keys have the same kid", claim="kid")
        for key in self._keys:
            key.check_decrypts()
        self.algorithms = frozenset(key.alg for key in self._keys)

    def find(self, header: Header, enc: ContentEncryption) -> RecipientKey:
        """Return the one key for a header, by kid and by algorithm.

        Raises:
            UnknownKey: none fits, or more than one.
        """
        fitting = [key for key in self._keys if key.alg == header.alg and is_for(key, enc)]
        if header.kid is not None:
            named = [key for key in fitting if key.kid == header.kid]
            # A single key without a kid serves tokens with one.
            unnamed = len(self._keys) == 1 and self._keys[0].kid is None
            fitting = named or (fitting if unnamed else [])
        if len(fitting) != 1:
            raise UnknownKey("not exactly one key fits the token's kid, alg and enc", claim="kid")
        return fitting[0]

    def check_contents(self, accepted: Iterable[ContentEncryption]) -> None:
        """Refuse keys for which none of the accepted content encryptions is.

        Raises:
            PolicyRefused: a direct secret's own is not among them.
        """
        rows = tuple(accepted)
        for key in self._keys:
            if not any(is_for(key, row) for row in rows):
                raise PolicyRefused("enc= leaves out what a dir secret is for", claim="enc")


def is_recipient_key(key: object) -> bool:
    """Return whether this is a key for encryption."""
    return isinstance(getattr(key, "algorithm", None), KeyManagement)


def is_for(key: RecipientKey, enc: ContentEncryption) -> bool:
    """Return whether a key may be used with a content encryption."""
    try:
        key.check_content(enc)
    except KeyMismatch:
        return False
    return True
