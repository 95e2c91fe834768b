"""PyJWS: any payload, signed and verified under PyJWT's names.

Source: PyJWT 2.15.1, `jwt.api_jws`; RFC 7515; RFC 7797; tokens.md P-1 to P-4.
"""

import json
from collections.abc import Sequence
from typing import Any, Never
from warnings import warn

from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import PolicyRefused
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jws import compact as jws_compact
from watchword.jose.jws import header as jws_header
from watchword.jose.jws.detached import checked_content
from watchword.jose.pyjwt.algorithms import Algorithm, implementation
from watchword.jose.pyjwt.compact import (
    UNSET,
    HeaderForm,
    Parts,
    Unset,
    algorithm_name,
    prove,
    read_parts,
    sign,
    signature_of,
    write_header,
)
from watchword.jose.pyjwt.exceptions import AlgorithmAbsent, DecodeError, renaming
from watchword.jose.pyjwt.keys import GivenKey, KeyMemory
from watchword.jose.pyjwt.options import InsecureKeyLengthWarning, SigOptions, warn_of_extras
from watchword.jose.pyjwt.reading import AnyKey, known_algorithms

__all__ = [
    "PyJWS",
    "decode",
    "decode_complete",
    "encode",
    "get_algorithm_by_name",
    "get_unverified_header",
    "refuse_hooks",
    "register_algorithm",
    "unregister_algorithm",
]

_HOOKS = frozenset(
    ("_load", "_verify_signature", "_validate_headers", "_validate_kid", "_validate_crit")
) | {"_decode_base64url_segment", "_get_default_options"}


class PyJWS:
    """Signs and verifies payloads; parsed keys are remembered between calls.

    Args:
        algorithms: the algorithms of this object; all where left out.
        options: defaults of its calls.
    """

    header_typ = "JWT"

    def __init__(
        self, algorithms: Sequence[str] | None = None, options: SigOptions | None = None
    ) -> None:
        self._names = tuple(ALGORITHMS) if algorithms is None else known_algorithms(algorithms)
        self.options: SigOptions = {"verify_signature": True, "enforce_minimum_key_length": True}
        self.options |= options or {}
        self._memory = KeyMemory()
        self._headers: dict[tuple[str, HeaderForm], bytes] = {}

    def __init_subclass__(cls) -> None:
        """Refuse a subclass whose hooks would never be called."""
        refuse_hooks(cls, _HOOKS)

    def register_algorithm(self, alg_id: str, alg_obj: object) -> Never:
        """Refuse: the algorithms are the rows of one table, and none is added at run time."""
        raise PolicyRefused(
            "algorithms cannot be added; what a token may be signed with stands in "
            "watchword.jose.algorithms.table"
        )

    def unregister_algorithm(self, alg_id: str) -> Never:
        """Refuse: what is accepted is said by `algorithms=` at each call."""
        raise PolicyRefused("algorithms cannot be removed; list the accepted ones in algorithms=")

    def get_algorithms(self) -> list[str]:
        """Return the algorithms of this object."""
        return list(self._names)

    def get_algorithm_by_name(self, alg_name: str) -> Algorithm:
        """Return an algorithm of this object.

        Raises:
            AlgorithmAbsent: it has none of this name; also a NotImplementedError.
        """
        known_algorithms(alg_name)
        if alg_name not in self._names:
            raise AlgorithmAbsent("this object was made without the algorithm", claim="alg")
        return implementation(alg_name)

    def encode(
        self,
        payload: bytes,
        key: "GivenKey",
        algorithm: str | Unset | None = UNSET,
        headers: dict[str, Any] | None = None,
        json_encoder: type[json.JSONEncoder] | None = None,
        is_payload_detached: bool = False,
        sort_headers: bool = True,
    ) -> str:
        """Return a compact JWS over a payload.

        Args:
            payload: any bytes.
            key: text, bytes, a key object of cryptography, a PyJWK, or a `Key` or `Secret`.
            algorithm: the key's one; HS256 where left out.
            headers: further header members.
            json_encoder: writes the header.
            is_payload_detached: sign the payload as it is and leave it out (RFC 7797).
            sort_headers: write the header's members in alphabetical order.
        """
        unencoded = is_payload_detached or (headers or {}).get("b64") is False
        form = HeaderForm(self.header_typ, json_encoder, sort_headers, unencoded)
        with renaming:
            name = algorithm_name(key, algorithm, headers)
            self.get_algorithm_by_name(name)
            header_b64u = self._header(name, headers, form)
            found = self._memory.for_signing(key, name)
            return sign(header_b64u, payload, found, is_unencoded=unencoded)

    def decode_complete(
        self,
        jwt: str | bytes,
        key: "GivenKey" = "",
        algorithms: Sequence[str] | None = None,
        options: SigOptions | None = None,
        detached_payload: bytes | None = None,
        **kwargs: object,
    ) -> dict[str, Any]:
        """Return "payload", "header" and "signature" of a compact JWS that holds.

        Args:
            jwt: the token.
            key: as for `encode`.
            algorithms: the accepted ones, of which exactly one fits the key.
            options: `verify_signature` and `enforce_minimum_key_length`.
            detached_payload: what was signed, where the token leaves it out.
            kwargs: nothing; anything warns.
        """
        warn_of_extras(kwargs)
        merged = self.options | (options or {})
        with renaming:
            keys = None
            if merged["verify_signature"]:
                keys = self.verification_key(
                    key, algorithms, allow_short=not merged["enforce_minimum_key_length"]
                )
            parts = read_parts(jwt)
            signed = _signed_part(parts, detached_payload)
            if keys is not None:
                prove(parts, signed, *keys)
            payload = (
                jws_compact.decode_payload(signed) if detached_payload is None else detached_payload
            )
            return {
                "payload": payload,
                "header": dict(parts.header.members),
                "signature": signature_of(parts),
            }

    def decode(
        self,
        jwt: str | bytes,
        key: "GivenKey" = "",
        algorithms: Sequence[str] | None = None,
        options: SigOptions | None = None,
        detached_payload: bytes | None = None,
        **kwargs: object,
    ) -> Any:
        """Return the payload of a compact JWS that holds; see `decode_complete`."""
        warn_of_extras(kwargs)
        return self.decode_complete(jwt, key, algorithms, options, detached_payload)["payload"]

    def get_unverified_header(self, jwt: str | bytes) -> dict[str, Any]:
        """Return a token's header, on nobody's word."""
        with renaming:
            parts = read_parts(jwt)
            jws_header.is_encoded(parts.header, {})
            jws_compact.decode_payload(parts.payload_b64u)
            signature_of(parts)
            return dict(parts.header.members)

    def _header(self, name: str, headers: dict[str, Any] | None, form: HeaderForm) -> bytes:
        """Write a header, or find it where the caller adds nothing to it."""
        if headers or form.json_encoder is not None:
            return write_header(name, headers, form)
        known = self._headers.get((name, form))
        if known is None:
            known = self._headers[name, form] = write_header(name, None, form)
        return known

    def verification_key(
        self, key: object, algorithms: Sequence[str] | None, *, allow_short: bool
    ) -> tuple[AnyKey, tuple[str, ...]]:
        """Return the key of a call, and the algorithms that the call and this object accept."""
        found, names = self._memory.for_verifying(key, algorithms, allow_short=allow_short)
        if isinstance(found, HmacKey) and found.is_weak:
            warn(
                f"the secret is shorter than {found.algorithm.key_bytes_min} bytes; "
                f'make one with jwt.Secret.generate("{found.alg}")',
                InsecureKeyLengthWarning,
                stacklevel=4,
            )
        return found, tuple(name for name in names if name in self._names)


def refuse_hooks(cls: type, names: frozenset[str]) -> None:
    """Refuse a subclass that overrides what PyJWT calls from inside, and nothing calls here.

    Raises:
        PolicyRefused: the class defines such a method.
    """
    overridden = sorted(names & vars(cls).keys())
    if overridden:
        raise PolicyRefused(
            f"{cls.__name__} overrides {', '.join(overridden)}, which nothing calls: wrap encode "
            "and decode, or say the policy with jwt.Signer and jwt.Verifier"
        )


def _signed_part(parts: Parts, detached_payload: bytes | None) -> bytes:
    """Check the header's extensions, and return what stands after it in the signing input."""
    if jws_header.is_encoded(parts.header, {}):
        if detached_payload is not None:
            raise DecodeError("detached_payload= is for tokens whose header has b64 false")
        return parts.payload_b64u
    if parts.payload_b64u:
        raise DecodeError("a token with b64 false leaves its payload out")
    if detached_payload is None:
        raise DecodeError("the token leaves its payload out; pass it as detached_payload=")
    return checked_content(detached_payload)


# The functions below are methods of one object, as PyJWT's are: it remembers parsed keys only.
_shared = PyJWS()
encode = _shared.encode
decode = _shared.decode
decode_complete = _shared.decode_complete
get_unverified_header = _shared.get_unverified_header
get_algorithm_by_name = _shared.get_algorithm_by_name
register_algorithm = _shared.register_algorithm
unregister_algorithm = _shared.unregister_algorithm
