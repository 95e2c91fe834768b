"""The holder's part: check what was issued, and present what the holder chose.

Source: RFC 9901 section 7.2; tokens.md J-47.
"""

from collections.abc import Iterable
from typing import Generic

from watchword.base.clock import SYSTEM, Clock
from watchword.base.records import dataclass
from watchword.jose.errors import KeyMismatch, MalformedToken, PolicyRefused, UnknownKey
from watchword.jose.jwk.key import Key
from watchword.jose.jws import compact
from watchword.jose.jwt.expected import is_text
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.verified import C, Verified
from watchword.jose.jwt.verifier import Verifier
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.form import Parts
from watchword.jose.sdjwt.keybinding import Transaction, bind, holder_jwk
from watchword.jose.sdjwt.paths import Named, fits, parse_paths
from watchword.jose.sdjwt.process import Path, Place, Processed, process

__all__ = ["Received", "from_json", "present", "receive", "to_json"]

_KEY_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "pub")


@dataclass(frozen=True, slots=True)
class Received(Generic[C]):
    """An SD-JWT that the holder may keep: the issuer made it, and it says what was asked for."""

    verified: Verified[C]
    hidden: tuple[Path, ...]
    """What `present` may show or keep back."""

    def __repr__(self) -> str:
        return f"Received({self.verified!r}, hidden={len(self.hidden)})"


def receive(text: str | bytes, verifier: Verifier[C], *, holder: Key | None = None) -> Received[C]:
    """Check an SD-JWT as it comes from its issuer.

    Args:
        text: compact serialization.
        verifier: knows the issuer's keys, and what the token must say.
        holder: the key that the token must be bound to; None for one that is bound to nobody.

    Raises:
        MalformedToken: it comes with a key binding, which only a holder can make.
        UnknownKey: it is bound to another key, or to none.
        TokenError: the token is at fault; the class says how.
    """
    parts = form.read(text)
    _refuse_bound(parts)
    authenticated = verifier.authenticate(parts.token)
    processed = process(authenticated.members, parts.disclosures)
    if holder is not None and not _is_bound_to(processed, holder):
        raise UnknownKey("the token is bound to another key than holder=", claim="cnf")
    verified = verifier.conclude(authenticated, processed.members)
    return Received(verified, tuple(place.path for place in processed.places))


def present(
    text: str | bytes,
    *,
    show: Iterable[Named],
    holder: Key | None = None,
    audience: str | None = None,
    nonce: str | None = None,
    clock: Clock = SYSTEM,
) -> str:
    """Return an SD-JWT that shows some of its hidden claims, with key binding where asked for.

    What a claim needs around it is shown with it; what is hidden below it stays hidden.

    Args:
        text: as it was issued; `receive` has checked it.
        show: paths of hidden claims, as for `issue`; `Received.hidden` shows all.
        holder: the holder's key pair, where the verifier wants key binding.
        audience: the verifier, as it calls itself; with `holder`.
        nonce: what the verifier gave for this transaction; with `holder`.
        clock: the system's where left out.

    Raises:
        PolicyRefused: a path where nothing is hidden, or half of a key binding.
        KeyMismatch: the token is bound to another key.
        TokenError: no SD-JWT, or one that has a key binding already.
    """
    parts = form.read(text)
    _refuse_bound(parts)
    _, payload_b64u, _ = compact.split(parts.token)
    processed = process(members_of(payload_b64u), parts.disclosures)
    chosen = _chosen(processed.places, parse_paths(show, "show"))
    shown = tuple(each for each in parts.disclosures if each in chosen)
    selected = Parts(parts.token, shown, "")
    if holder is None:
        if audience is not None or nonce is not None:
            raise PolicyRefused("audience= and nonce= are for key binding; add holder=")
        return selected.text
    if not is_text(audience) or not is_text(nonce):
        raise PolicyRefused("key binding needs audience= and nonce=, as the verifier gave them")
    if not _is_bound_to(processed, holder):
        raise KeyMismatch("the token is bound to another key than holder=", claim="cnf")
    transaction = Transaction(str(audience), str(nonce))
    bound = bind(
        selected.bound_text,
        holder,
        transaction,
        hash_name=processed.hash_name,
        now=clock.now(),
    )
    return Parts(parts.token, shown, bound).text


def to_json(text: str | bytes) -> str:
    """Return an SD-JWT, with or without key binding, in flattened JWS JSON serialization.

    Raises:
        MalformedToken: it is no SD-JWT.
    """
    parts = form.read(text)
    compact.split(parts.token)
    return parts.to_json()


def from_json(document: str | bytes) -> str:
    """Return the compact form of an SD-JWT in JWS JSON serialization, by its first signature.

    Raises:
        MalformedToken: it is no JWS JSON serialization of an SD-JWT.
    """
    return form.read_json(document).text


def _refuse_bound(parts: Parts) -> None:
    if parts.key_binding:
        raise MalformedToken("this SD-JWT has a key binding, and is somebody's presentation")


def _is_bound_to(processed: Processed, holder: Key) -> bool:
    """Return whether `cnf` holds a key's public half."""
    jwk = holder_jwk(processed.members)
    public = holder.public().to_jwk()
    return all(jwk.get(name) == public.get(name) for name in _KEY_MEMBERS)


def _chosen(places: tuple[Place, ...], paths: list[tuple[str, ...]]) -> set[str]:
    chosen: set[str] = set()
    for steps in paths:
        needed = [text for place in places if fits(steps, place.path) for text in place.needs]
        if not needed:
            raise PolicyRefused("show= names nothing that is hidden", claim=".".join(steps))
        chosen.update(needed)
    return chosen
