"""Which keys, algorithms and extensions a verifier of JWS accepts, checked when it is built.

Source: RFC 8725 sections 3.1 and 3.2; tokens.md J-2, J-7, J-11, J-13, J-20.
"""

from collections.abc import Iterable

from watchword.base.records import dataclass
from watchword.jose import segment
from watchword.jose.algorithms.hmac import Check
from watchword.jose.algorithms.table import ALGORITHMS, Algorithm, algorithm
from watchword.jose.errors import (
    AlgorithmRefused,
    KeyMismatch,
    PolicyRefused,
    SignatureInvalid,
    UnknownKey,
)
from watchword.jose.header_members import checked_handlers
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet, KeySource, VerificationKey, as_source
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jws.header import CritHandlers, Header, is_encoded
from watchword.jose.jws.signing import no_key

__all__ = [
    "Keys",
    "Policy",
    "check_signature",
    "checked_source",
    "narrowed",
    "policy",
    "prepare_check",
    "refuse_algorithm",
]

Keys = Key | HmacKey | KeySet | KeySource


@dataclass(frozen=True, slots=True)
class Policy:
    """What one verifier accepts."""

    source: KeySource
    algorithms: frozenset[str]
    crit: CritHandlers

    def accept(self, header: Header) -> bool:
        """Check what needs no key; return whether the payload is base64url.

        Raises:
            AlgorithmRefused: the header's algorithm is not accepted.
            CriticalHeader: an extension that is not understood.
        """
        if header.alg not in self.algorithms:
            raise refuse_algorithm(header.alg, self.algorithms)
        return is_encoded(header, self.crit)


def policy(
    keys: Keys,
    *,
    algorithms: Iterable[str | Algorithm] | None = None,
    crit: CritHandlers | None = None,
) -> Policy:
    """Check what a verifier is built from.

    Raises:
        PolicyRefused: text as a key, no key, keys of both kinds, algorithms that the keys do not
            have, or a handler that `checked_handlers` refuses.
    """
    source = checked_source(keys)
    return Policy(source, narrowed(source.algorithms, algorithms), checked_handlers(crit))


def checked_source(keys: Keys) -> KeySource:
    """Return the source that a verifier's `keys` stand for.

    Raises:
        PolicyRefused: text, nothing, or secrets beside key pairs.
    """
    if not (isinstance(keys, Key | HmacKey) or hasattr(keys, "algorithms")):
        several = keys if isinstance(keys, list | tuple | set | frozenset) else ()
        if any(isinstance(key, Key | HmacKey) for key in several):
            raise PolicyRefused("these are several keys: wrap them in jwt.KeySet")
        raise no_key(keys, "jwt.Secret(...) or jwt.Key.from_pem(...)")
    source = as_source(keys)
    families = {algorithm(name).is_symmetric for name in source.algorithms}
    if len(families) != 1:
        raise PolicyRefused("keys are all shared secrets or all key pairs, and at least one")
    return source


def narrowed(of_keys: frozenset[str], asked: Iterable[str | Algorithm] | None) -> frozenset[str]:
    """Return the accepted algorithms: those of the keys, or those of them that are asked for.

    Raises:
        PolicyRefused: none, or one that no key has.
    """
    if asked is None:
        return of_keys
    if isinstance(asked, str):
        raise PolicyRefused("algorithms= is a list of names", claim="alg")
    names = frozenset(algorithm(name).name for name in asked)
    if not names or not names <= of_keys:
        raise PolicyRefused("algorithms= lists some of those that the keys have", claim="alg")
    return names


def prepare_check(key: VerificationKey, header: Header, header_b64u: bytes) -> Check:
    """Return the signature check of one key under one header.

    The key's algorithm is compared again here, at the operation, whatever chose the key.
    """
    if key.alg != header.alg:
        raise UnknownKey("the key is bound to another algorithm than the token's", claim="kid")
    try:
        return key.checker(header_b64u)
    except KeyMismatch:
        raise UnknownKey("the key may not be used to verify", claim="kid") from None


def check_signature(alg: str, signature_b64u: bytes) -> None:
    """Check what every signature of an algorithm has in common, whatever its key.

    A text that no key can make good is refused before a key is looked for, so that it causes no
    fetch (tokens.md J-13 and J-43).

    Args:
        alg: an algorithm that exists here, and is accepted.
        signature_b64u: the encoded signature.

    Raises:
        MalformedToken: not canonical base64url.
        SignatureInvalid: another length than the algorithm's signatures have; that of RSA and of
            EdDSA, the older name of two schemes, depends on the key.
    """
    signature = segment.decode_signature(signature_b64u)
    length = ALGORITHMS[alg].signature_bytes
    if length and len(signature) != length:
        raise SignatureInvalid(f"a signature of {alg} has {length} bytes")


def refuse_algorithm(alg: str, accepted: frozenset[str]) -> AlgorithmRefused:
    """Return the refusal, which names the token's algorithm only where it is a registered one."""
    named = alg if alg in ALGORITHMS else "an algorithm that does not exist here"
    return AlgorithmRefused(
        f"the token says {named}; accepted is {', '.join(sorted(accepted))}",
        claim="alg",
        expected=accepted,
        got=alg,
    )
