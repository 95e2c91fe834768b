"""Reading a key whose kind the caller's list of algorithms has decided.

Source: tokens.md P-1 and J-3; RFC 8725 section 3.1.
"""

from collections.abc import Callable, Iterable

from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import InvalidKey, KeyMismatch, KeyRefused, PolicyRefused
from watchword.jose.jwk.forms import Form, form_of
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent, InvalidKeyError, NoKeyError

__all__ = ["AnyKey", "known_algorithms", "read_object", "read_text"]

AnyKey = Key | HmacKey


def known_algorithms(names: Iterable[str] | str) -> tuple[str, ...]:
    """Return the caller's algorithm names, each of which exists.

    Raises:
        AlgorithmAbsent: a name without an algorithm; the text says what replaces it.
        PolicyRefused: no list.
    """
    given: object = names
    if not isinstance(given, Iterable):
        raise PolicyRefused("algorithms= is a list of names", claim="alg")
    listed = (given,) if isinstance(given, str) else tuple(given)
    for name in listed:
        if not isinstance(name, str) or name not in ALGORITHMS:
            raise AlgorithmAbsent(
                f"there is no such algorithm here; name one of {', '.join(ALGORITHMS)}. An "
                "unsecured token can only be read, unproved, by watchword.jwt.peek",
                claim="alg",
                got=name,
            )
    return listed


def read_text(data: bytes, names: tuple[str, ...], *, allow_short: bool = False) -> AnyKey:
    """Read a secret, or a PEM, SSH or JWK text, for the one of the algorithms that it fits.

    Args:
        data: the text as bytes.
        names: all of shared secrets, or all of key pairs.
        allow_short: secrets from 16 bytes on may verify.

    Raises:
        InvalidKeyError: both kinds are named, or the key fits several of the names.
        KeyRefused: it fits none, or is not sound.
    """
    symmetric = [name for name in names if ALGORITHMS[name].is_symmetric]
    if not symmetric:
        return _asymmetric(data, names)
    if len(symmetric) != len(names):
        raise InvalidKeyError(
            "algorithms= mixes shared secrets and key pairs, so that the text could be either",
            claim="alg",
        )
    if len(symmetric) > 1:
        raise _several(symmetric)
    return HmacKey(data, alg=symmetric[0], weak_keys="verify-only" if allow_short else None)


def read_object(handle: object, names: tuple[str, ...]) -> Key:
    """Bind a key object of cryptography to the one of the algorithms that it fits.

    Raises:
        NoKeyError: another object, or one for none of the algorithms.
        InvalidKeyError: it fits several.
        WeakKey: it is too short or breakable.
    """
    pairs = tuple(name for name in names if not ALGORITHMS[name].is_symmetric)
    if not pairs:
        raise NoKeyError(f"{', '.join(names)} takes a shared secret, which is text or bytes")
    try:
        return _fitting(pairs, lambda name: Key.from_handle(handle, alg=name))
    except (InvalidKey, KeyMismatch) as error:
        refusal = NoKeyError(error.hint)
    raise refusal


def _asymmetric(data: bytes, names: tuple[str, ...]) -> Key:
    text = data.lstrip()
    form = form_of(text)
    if form in {Form.JWK, Form.JWKS}:
        return _fitting(names, lambda name: Key.from_jwk(text, alg=name))
    # Reading files costs twice the import time of computing with keys.
    from watchword.jose.jwk import pem  # noqa: PLC0415 - import budget

    handle = pem.from_ssh(text) if form is Form.SSH else pem.from_pem(text, None)
    return _fitting(names, lambda name: Key.from_handle(handle, alg=name))


def _fitting(names: tuple[str, ...], read: Callable[[str], Key]) -> Key:
    """Return the key for the only name that it fits; raise the last refusal where it fits none."""
    fitting: list[Key] = []
    refusals: list[KeyRefused] = []
    for name in names:
        try:
            fitting.append(read(name))
        except KeyRefused as error:
            refusals.append(error)
    if len(fitting) > 1:
        raise _several(key.alg for key in fitting)
    if not fitting:
        raise refusals[-1]
    return fitting[0]


def _several(names: Iterable[str]) -> InvalidKeyError:
    return InvalidKeyError(
        f"{', '.join(names)} all fit this key, and a key does one algorithm: list that one",
        claim="alg",
    )
