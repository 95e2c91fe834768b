"""What a key learns from the algorithm that it is bound to.

Signature algorithms and the key management algorithms of encryption have tables of their own; the
rows of both are a `Row`, so that keys of both kinds are made, read and written by the same code and
still never pass for each other.

Source: RFC 7517 sections 4.1 to 4.5; tokens.md J-1, J-6, J-40.
"""

from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from watchword.base import strict_json
from watchword.base.limits import JWK_BYTES_MAX, KID_CHARACTERS_MAX
from watchword.base.records import dataclass
from watchword.jose.errors import InvalidKey, KeyMismatch, PolicyRefused
from watchword.jose.jwk.forms import Form, refuse_other

__all__ = [
    "Row",
    "RowT",
    "Shared",
    "checked_kid",
    "fits",
    "is_for",
    "permit",
    "purpose",
    "read",
    "read_key",
    "row_for",
    "shared",
]

# Where keys of the other use are read; errors send their owner there.
_DOORS = {"sig": "jwt", "enc": "jwe"}
_KINDS = {"sig": ("signature", "enc"), "enc": ("encryption", "sig")}  # and the other use


class Row(Protocol):
    """An algorithm, as far as its keys are concerned."""

    @property
    def name(self) -> str:
        """The value of `alg`."""
        ...

    @property
    def key_types(self) -> tuple[str, ...]:
        """The `kty` of its keys; the first by default."""
        ...

    @property
    def curves(self) -> tuple[str, ...]:
        """The `crv` of its keys, the first by default; of AKP the parameter set; of RSA none."""
        ...

    @property
    def use(self) -> str:
        """The `use` of its keys: sig or enc."""
        ...

    @property
    def public_operations(self) -> frozenset[str]:
        """The `key_ops` of a public half."""
        ...

    @property
    def private_operations(self) -> frozenset[str]:
        """The `key_ops` that only a private half or a shared secret has."""
        ...


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Shared(Generic[RowT]):
    """What a JWK says about itself, whatever its type."""

    algorithm: RowT
    kid: str | None
    operations: frozenset[str] | None  # None: not restricted


def read_key(jwk: Mapping[str, object] | str | bytes) -> Mapping[str, object]:
    """Return the members of a JWK given as a mapping or as JSON."""
    members = read(jwk)
    if "keys" in members and "kty" not in members:
        raise InvalidKey("this is a JWKS; read it with KeySet.from_jwks", claim="keys")
    return members


def read(document: Mapping[str, object] | str | bytes) -> Mapping[str, object]:
    """Return the members of a JWK or JWKS given as a mapping or as JSON."""
    if isinstance(document, Mapping):
        return document
    if not isinstance(document, str | bytes):
        raise InvalidKey("a JWK is a mapping, or JSON as text or bytes")
    if len(document) > JWK_BYTES_MAX:  # of characters: what is too long is not even copied
        raise InvalidKey(f"a JWK or JWKS is larger than {JWK_BYTES_MAX} bytes")
    # A surrogate becomes bytes that are no UTF-8, and is refused as such.
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    fault = "a JWK is a JSON object"
    try:
        value = strict_json.loads(data, bytes_max=JWK_BYTES_MAX)
        if isinstance(value, dict):
            return value
    except strict_json.MalformedJSON as error:
        fault = str(error)
    refuse_other(data, Form.JWK, Form.JWKS)
    raise InvalidKey(fault)


def row_for(
    members: Mapping[str, object],
    alg: str | RowT | None,
    row_of: Callable[[str | RowT], RowT],
    use: str,
) -> RowT:
    """Return the row of the algorithm that the reader of a JWK names, or else the JWK.

    Args:
        members: of the JWK.
        alg: what the reader names, if anything.
        row_of: finds a row by name, raising PolicyRefused for an unknown one.
        use: the `use` of the rows: sig or enc.

    Raises:
        InvalidKey: neither names an algorithm, or the JWK names none of this use.
    """
    if alg is not None:
        return row_of(alg)
    named = members.get("alg")
    if named is None:
        raise InvalidKey("the JWK names no alg; say which with alg=", claim="alg")
    try:
        return row_of(str(named))
    except PolicyRefused:
        kind, other = _KINDS[use]
    raise InvalidKey(
        f"the JWK's alg is no {kind} algorithm known here; other keys: {_reader(members, other)}",
        claim="alg",
    )


def purpose(operations: frozenset[str] | None, row: Row) -> dict[str, object]:
    """Return the member that says what a key is for: `key_ops` where it is restricted, or `use`.

    RFC 7517 section 4.3: the two should not stand together.
    """
    if operations is None:
        return {"use": row.use}
    return {"key_ops": sorted(operations & (row.public_operations | row.private_operations))}


def _reader(members: Mapping[str, object], use: str) -> str:
    kind = "Secret" if members.get("kty") == "oct" else "Key"
    return f"{_DOORS[use]}.{kind}.from_jwk"


def shared(members: Mapping[str, object], row: RowT) -> Shared[RowT]:
    """Check the members that every key type shares against the key's algorithm.

    Raises:
        KeyMismatch: the JWK is made for another algorithm, or for another use.
        InvalidKey: a member is malformed, or the curve is another one.
    """
    if members.get("alg", row.name) != row.name:
        raise KeyMismatch(f"the JWK is made for another algorithm than {row.name}", claim="alg")
    if members.get("kty") not in row.key_types:
        needed = " or ".join(row.key_types)
        raise KeyMismatch(f"{row.name} needs a JWK of kty {needed}", claim="kty")
    if "crv" in members and row.curves and members["crv"] not in row.curves:
        needed = " or ".join(row.curves)
        raise InvalidKey(f"{row.name} needs the curve {needed}", claim="crv")
    return Shared(row, checked_kid(members.get("kid")), _operations(members, row))


def fits(row: Row, members: Mapping[str, object]) -> bool:
    """Whether keys of this type and curve are keys of the algorithm."""
    is_of_type = members.get("kty") in row.key_types
    return is_of_type and (not row.curves or members.get("crv") in row.curves)


def is_for(members: Mapping[str, object], use: str, operations: tuple[str, ...]) -> bool:
    """Whether a JWK does not say that it is for another use, or for none of the operations.

    A `key_ops` that is no list is the reader's to refuse.
    """
    listed = members.get("key_ops")
    is_listed = not isinstance(listed, list | tuple) or any(each in operations for each in listed)
    return is_listed and members.get("use", use) == use


def checked_kid(kid: object) -> str | None:
    """Return a key id that is absent or fit to be one."""
    if kid is None:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_CHARACTERS_MAX:
        raise InvalidKey(f"a kid is text of 1 to {KID_CHARACTERS_MAX} characters", claim="kid")
    return kid


def permit(operations: frozenset[str] | None, operation: str) -> None:
    """Refuse what the key's `key_ops` leaves out.

    Raises:
        KeyMismatch: the key has `key_ops`, and the operation is not among them.
    """
    if operations is not None and operation not in operations:
        raise KeyMismatch(f"the key's key_ops does not allow to {operation}", claim="key_ops")


def _operations(members: Mapping[str, object], row: Row) -> frozenset[str] | None:
    use = members.get("use", row.use)
    if use != row.use:
        is_known = isinstance(use, str) and use in _DOORS
        hint = f"; read it with {_reader(members, str(use))}" if is_known else ""
        raise KeyMismatch(f"the JWK's use is not {row.use}{hint}", claim="use")
    if "key_ops" not in members:
        return None
    listed = members["key_ops"]
    if not isinstance(listed, list | tuple) or not all(isinstance(item, str) for item in listed):
        raise InvalidKey("key_ops is a list of text", claim="key_ops")
    operations = frozenset(listed)
    if len(operations) != len(listed):
        raise InvalidKey("key_ops names an operation twice", claim="key_ops")
    fitting = row.public_operations | row.private_operations
    if not operations & fitting or ("use" in members and operations - fitting):
        raise KeyMismatch(f"key_ops does not fit a key for {row.name}", claim="key_ops")
    return operations
