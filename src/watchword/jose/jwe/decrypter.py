"""The Decrypter: one policy, built at start-up, that opens one token at a call.

Source: RFC 7516 section 5.2; RFC 8725 sections 3.1 and 3.6; tokens.md J-22, J-32, J-37.
"""

from collections.abc import Iterable

from watchword.jose.algorithms.table import content_encryption
from watchword.jose.errors import PolicyRefused
from watchword.jose.header_members import CritHandlers, checked_handlers
from watchword.jose.jwe import compact, json
from watchword.jose.jwe.opening import Decrypted, Policy
from watchword.jose.jwe.recipient import DecryptionKeys, RecipientKey

__all__ = ["Decrypter"]


class Decrypter:
    """Decrypts tokens for one or several keys. Immutable; shareable between threads.

    What comes out is `Decrypted`, never `Verified`: decrypting proves that the sender had the key,
    and to a public key anybody encrypts. `jwt.unnest` proves who signed what is inside.

    Args:
        keys: a `jwe.Key`, `jwe.Secret` or `jwe.Password`, or several of one kind. The accepted
            algorithms are theirs.
        enc: the accepted content encryptions, such as ["A256GCM"]; never empty.
        zip: read compressed contents, up to 250,000 bytes of them.
        crit: a function for each critical header extension, which may raise CriticalHeader.

    Raises:
        PolicyRefused: something is missing or contradicts; no token is read.
        InvalidKey: a public half alone.
        KeyMismatch: a key's `key_ops` does not allow to decrypt.
    """

    __slots__ = ("_policy",)

    def __init__(
        self,
        keys: RecipientKey | Iterable[RecipientKey],
        *,
        enc: Iterable[str],
        zip: bool = False,  # noqa: A002 - the header member's name
        crit: CritHandlers | None = None,
    ) -> None:
        if isinstance(enc, str):
            raise PolicyRefused('enc= is a list of names, such as ["A256GCM"]', claim="enc")
        accepted = {name: content_encryption(name) for name in enc}
        if not accepted:
            raise PolicyRefused("name at least one content encryption", claim="enc")
        found = DecryptionKeys(keys)
        found.check_contents(accepted.values())
        self._policy = Policy(found, accepted, zip, checked_handlers(crit))

    def decrypt(self, text: str | bytes) -> Decrypted:
        """Return what a compact JWE holds.

        Args:
            text: five parts, at most 360 KiB; the content less than 256 KiB.

        Raises:
            TokenError: the token is at fault; the class says how. `DecryptionFailed` says no more.
        """
        return compact.decrypt(text, self._policy)

    def decrypt_json(self, document: str | bytes) -> Decrypted:
        """Return what a JWE in JSON form holds, flattened or general.

        Args:
            document: its text, at most 512 KiB and ten recipients. A mapping cannot be given,
                since it no longer shows whether a member stood twice.

        Raises:
            TokenError: the token is at fault; the class says how. `DecryptionFailed` says no more.
        """
        return json.decrypt(document, self._policy)

    def __repr__(self) -> str:
        algorithms = sorted(self._policy.keys.algorithms)
        return f"Decrypter(algorithms={algorithms}, enc={sorted(self._policy.enc)})"
