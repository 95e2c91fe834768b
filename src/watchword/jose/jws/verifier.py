"""The Verifier of JWS: keys, algorithms and extensions, written down once.

Each form has a method of its own, and none reads another's.

Source: RFC 7515 section 5.2; RFC 8725 section 3.1; tokens.md J-16, J-38.
"""

from collections.abc import Iterable

from watchword.jose.algorithms.table import Algorithm
from watchword.jose.jws import compact, detached, json
from watchword.jose.jws.compact import Payload
from watchword.jose.jws.header import CritHandlers
from watchword.jose.jws.json import Document, Need
from watchword.jose.jws.policy import Keys, policy

__all__ = ["Verifier"]


class Verifier:
    """Verifies signatures over any payload. Immutable; shareable between threads.

    It proves who signed these bytes and nothing about what they say: for tokens with claims there
    is `jwt.Verifier`, and no guard takes what this one returns.

    Args:
        keys: a key, a set, or a source of keys.
        algorithms: narrows those of the keys.
        crit: a function for each critical header extension, which may raise CriticalHeader.

    Raises:
        PolicyRefused: something is missing or contradicts; no text is read.
    """

    __slots__ = ("_policy",)

    def __init__(
        self,
        keys: Keys,
        *,
        algorithms: Iterable[str | Algorithm] | None = None,
        crit: CritHandlers | None = None,
    ) -> None:
        self._policy = policy(keys, algorithms=algorithms, crit=crit)

    def verify(self, text: str | bytes) -> Payload:
        """Verify the compact form, at most 16 KiB.

        Raises:
            TokenError: the text is at fault; the class says how.
            KeysUnavailable: the source has no keys to answer from.
        """
        return compact.verify(text, self._policy)

    def verify_detached(self, text: str | bytes, payload: bytes) -> Payload:
        """Verify a payload, at most 16 MiB, by the compact form that came beside it.

        Raises:
            TokenError, KeysUnavailable: as `verify`.
        """
        return detached.verify(text, payload, self._policy)

    def verify_json(self, document: str | bytes, *, need: Need = "all") -> Document:
        """Verify the JSON form, flattened or general, at most 256 KiB.

        Args:
            document: JSON text.
            need: "all" asks that every signature that is there holds; whoever carries the document
                can take some out. A number demands signatures by so many different keys.
                `Document.signatures` names those that hold.

        Raises:
            TokenError: too few hold, or the document is at fault.
            KeysUnavailable: the source has no keys to answer from.
        """
        return json.verify(document, self._policy, need)

    def verify_json_detached(
        self, document: str | bytes, payload: bytes, *, need: Need = "all"
    ) -> Document:
        """Verify a payload, at most 16 MiB, by the JSON form that came beside it.

        Raises:
            TokenError, KeysUnavailable: as `verify_json`.
        """
        return json.verify_detached(document, payload, self._policy, need)

    def __repr__(self) -> str:
        return f"Verifier({', '.join(sorted(self._policy.algorithms))})"
