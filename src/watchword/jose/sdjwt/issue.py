"""Issue an SD-JWT: hide the claims that the holder may show or keep back.

Source: RFC 9901 sections 4.1, 4.2, 9.3, 9.7 and 10.4; tokens.md J-46.
"""

from collections.abc import Iterable, Mapping

from watchword.base.chance import SYSTEM, Chance
from watchword.jose.errors import PolicyRefused, TokenError
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.signer import Signer, encode_claims
from watchword.jose.sdjwt.disclosure import (
    DIGESTS,
    ELEMENT,
    HASH_DEFAULT,
    HASH_NAME,
    HASHES,
    RESERVED,
    Disclosure,
    decoy,
    digest,
    make,
)
from watchword.jose.sdjwt.form import DISCLOSURES_MAX, SD_JWT_BYTES_MAX, Parts
from watchword.jose.sdjwt.paths import Named, parse_paths, select
from watchword.jose.sdjwt.process import Path, process

__all__ = ["DECOYS_MAX", "NEVER_HIDDEN", "issue"]

DECOYS_MAX = 20  # for one place; each takes 61 characters of a token's 16 KiB

# RFC 9901 section 9.7, and what SD-JWT VC adds for credentials: a holder who may keep one of these
# back decides how long the token lives, for whom, and whose it is.
NEVER_HIDDEN = frozenset(("iss", "aud", "exp", "nbf", "cnf", "status", "vct", "vct#integrity"))


def issue(  # noqa: PLR0913 - one keyword a choice of the issuer
    signer: Signer,
    claims: Mapping[str, object],
    *,
    hide: Iterable[Named],
    holder: Key | None = None,
    decoys: int = 0,
    hash_name: str = HASH_DEFAULT,
    chance: Chance = SYSTEM,
) -> str:
    """Return an SD-JWT with all its disclosures, for the holder and nobody else.

    Args:
        signer: its type says what is issued, such as typ="example+sd-jwt".
        claims: what the token says, whether hidden or not.
        hide: paths of claims, such as "email", "address.street" or "nationalities.*". A path and
            one below it may both be hidden: the outer is then shown without the inner.
        holder: the holder's public key, which goes into `cnf`; needed for key binding.
        decoys: digests of nothing to add to the payload and wherever something is hidden, so that
            the number of hidden claims cannot be counted; at most 20.
        hash_name: "sha-256", "sha-384" or "sha-512"; as strong as the signature's own.
        chance: the source of salts and decoys; the system's where left out.

    Raises:
        PolicyRefused: a path that names no claim, a claim that may not be hidden, a reserved name,
            or a token that a verifier would refuse.
    """
    if hash_name not in HASHES:
        raise PolicyRefused(f"hash_name= is one of {', '.join(HASHES)}")
    if not 0 <= decoys <= DECOYS_MAX:
        raise PolicyRefused(f"decoys= is 0 to {DECOYS_MAX}")
    told = dict(claims)
    if holder is not None:
        if "cnf" in told:
            raise PolicyRefused("cnf is the holder's; give holder= or the claim", claim="cnf")
        told["cnf"] = {"jwk": holder.to_jwk()}
    encode_claims(told)
    _refuse_reserved(told)
    cover = _Cover(_hidden_paths(told, hide), decoys, hash_name, chance)
    payload = cover.members(told, ()) | {HASH_NAME: hash_name}
    disclosures = tuple(disclosure.text for disclosure in cover.disclosures)
    parts = Parts(signer.sign(**payload), disclosures, "")
    _refuse_unreadable(parts)
    return parts.text


class _Cover:
    """One pass over the claims, which takes the hidden ones out."""

    def __init__(self, hidden: set[Path], decoys: int, hash_name: str, chance: Chance) -> None:
        self._hidden = hidden
        self._decoys = decoys
        self._hash_name = hash_name
        self._chance = chance
        self.disclosures: list[Disclosure] = []

    def members(self, value: Mapping[str, object], path: Path) -> dict[str, object]:
        visible: dict[str, object] = {}
        digests: list[str] = []
        for name, inner in value.items():
            at = (*path, name)
            covered = self._value(inner, at)
            if at in self._hidden:
                digests.append(self._hide(name, covered))
            else:
                visible[name] = covered
        if digests or not path:
            digests += self._decoy_digests()
        # In order of their text, which is chance: the claims' own order is hidden too.
        return visible | ({DIGESTS: sorted(digests)} if digests else {})

    def _elements(self, value: list[object] | tuple[object, ...], path: Path) -> list[object]:
        covered: list[object] = []
        for index, inner in enumerate(value):
            at = (*path, index)
            element = self._value(inner, at)
            is_hidden = at in self._hidden
            covered.append({ELEMENT: self._hide(None, element)} if is_hidden else element)
        if any((*path, index) in self._hidden for index in range(len(value))):
            for each in self._decoy_digests():
                covered.insert(self._position(len(covered)), {ELEMENT: each})
        return covered

    def _value(self, value: object, path: Path) -> object:
        if isinstance(value, Mapping):
            return self.members(value, path)
        if isinstance(value, list | tuple):
            return self._elements(value, path)
        return value

    def _hide(self, name: str | None, value: object) -> str:
        """Keep a disclosure and return its digest."""
        disclosure = make(name, value, self._chance)
        self.disclosures.append(disclosure)
        return digest(disclosure.text, self._hash_name)

    def _decoy_digests(self) -> list[str]:
        return [decoy(self._hash_name, self._chance) for _ in range(self._decoys)]

    def _position(self, count: int) -> int:
        """Return a place among `count` elements, or after them; decoys at the end would show."""
        return int.from_bytes(self._chance.token_bytes(8)) % (count + 1)


def _hidden_paths(claims: Mapping[str, object], hide: Iterable[Named]) -> set[Path]:
    hidden: set[Path] = set()
    for steps in parse_paths(hide, "hide"):
        found = set(select(claims, steps))
        if not found:
            raise PolicyRefused("hide= names no claim of the token", claim=".".join(steps))
        for path in found:
            if path[0] in NEVER_HIDDEN:
                raise PolicyRefused(
                    "who may use the token, and how long, is never hidden", claim=str(path[0])
                )
        hidden |= found
    if len(hidden) > DISCLOSURES_MAX:
        raise PolicyRefused(f"a token has at most {DISCLOSURES_MAX} hidden claims")
    return hidden


def _refuse_reserved(value: object) -> None:
    if isinstance(value, Mapping):
        for name in RESERVED & value.keys():
            raise PolicyRefused("the format reserves the name", claim=name)
        for inner in value.values():
            _refuse_reserved(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_reserved(inner)


def _refuse_unreadable(parts: Parts) -> None:
    """Refuse at issue what a verifier would refuse: digests add a level of nesting."""
    if len(parts.text) > SD_JWT_BYTES_MAX:
        raise PolicyRefused(f"the SD-JWT would be longer than {SD_JWT_BYTES_MAX} characters")
    try:
        process(members_of(parts.token.split(".")[1].encode("ascii")), parts.disclosures)
    except TokenError as error:
        hint = error.hint
    else:
        return
    raise PolicyRefused(f"a verifier would refuse the token: {hint}")
