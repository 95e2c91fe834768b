"""PyJWT: claims, signed and verified under PyJWT's names and policy defaults.

Source: PyJWT 2.15.1, `jwt.api_jwt`; RFC 7519; tokens.md P-1 to P-4.
"""

import json
from calendar import timegm
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from warnings import warn

from watchword.base import base64url
from watchword.base.clock import SYSTEM, Clock
from watchword.jose.errors import MalformedToken, PolicyRefused
from watchword.jose.jws import header as jws_header
from watchword.jose.jwt.payload import members_of
from watchword.jose.pyjwt.claims import UnverifiedClaims, Wanted, check_claims
from watchword.jose.pyjwt.compact import UNSET, Unset, dumps, prove, read_parts, signature_of
from watchword.jose.pyjwt.exceptions import renaming
from watchword.jose.pyjwt.jws import PyJWS, refuse_hooks
from watchword.jose.pyjwt.keys import GivenKey
from watchword.jose.pyjwt.options import (
    DEFAULTS,
    FullOptions,
    Options,
    SigOptions,
    merged,
    warn_of_extras,
)

__all__ = ["PyJWT", "decode", "decode_complete", "encode"]

_DATES = ("exp", "iat", "nbf")
_HOOKS = frozenset(
    f"_validate_{name}"
    for name in ("claims", "required_claims", "aud", "exp", "iat", "iss", "jti", "nbf", "sub")
) | {"_encode_payload", "_decode_payload", "_merge_options"}
_HOOKS |= {"_get_default_options", "_get_sig_options"}


class PyJWT:
    """Signs and verifies claims; parsed keys are remembered between calls.

    Args:
        options: defaults of the claim checks of this object's calls.
        clock: the system's where left out.
    """

    def __init__(self, options: Options | None = None, *, clock: Clock = SYSTEM) -> None:
        self.options: FullOptions = merged(DEFAULTS, options)
        self._jws = PyJWS(
            options=SigOptions(
                verify_signature=True,
                enforce_minimum_key_length=self.options["enforce_minimum_key_length"],
            )
        )
        self._clock = clock

    def __init_subclass__(cls) -> None:
        """Refuse a subclass whose hooks would never be called."""
        refuse_hooks(cls, _HOOKS)

    def encode(
        self,
        payload: dict[str, Any],
        key: "GivenKey",
        algorithm: str | Unset | None = UNSET,
        headers: dict[str, Any] | None = None,
        json_encoder: type[json.JSONEncoder] | None = None,
        sort_headers: bool = True,
    ) -> str:
        """Return a signed token.

        Args:
            payload: the claims; `exp`, `iat` and `nbf` may be datetimes.
            key: text, bytes, a key object of cryptography, a PyJWK, or a `Key` or `Secret`.
            algorithm: the key's one; HS256 where left out.
            headers: further header members.
            json_encoder: writes the claims and the header.
            sort_headers: write the header's members in alphabetical order.

        Raises:
            InvalidKeyError: no key for the algorithm, or a weak one.
            PolicyRefused: claims that no reader here would accept; also a TypeError.
        """
        if not isinstance(payload, dict):
            raise PolicyRefused("the claims are a dict")
        if headers and headers.get("b64") is False:
            raise PolicyRefused("a JWT has no b64 (RFC 7797 section 7); use PyJWS().encode")
        claims = payload.copy()
        for name in _DATES:
            value = claims.get(name)
            if isinstance(value, datetime):
                claims[name] = timegm(value.utctimetuple())
        if not isinstance(claims.get("iss", ""), str):
            raise PolicyRefused("the claim is text", claim="iss")
        data = dumps(claims, json_encoder)
        _refuse_unreadable(data)
        return self._jws.encode(
            data, key, algorithm, headers, json_encoder, sort_headers=sort_headers
        )

    def decode_complete(
        self,
        jwt: str | bytes,
        key: "GivenKey" = "",
        algorithms: Sequence[str] | None = None,
        options: Options | None = None,
        verify: bool | None = None,
        detached_payload: bytes | None = None,
        audience: str | Iterable[str] | None = None,
        issuer: str | Container[str] | None = None,
        subject: str | None = None,
        leeway: float | timedelta = 0,
        **kwargs: object,
    ) -> dict[str, Any]:
        """Return "payload", "header" and "signature" of a token that holds.

        Args:
            jwt: the token.
            key: as for `encode`.
            algorithms: the accepted ones, of which exactly one fits the key.
            options: which claims are checked or required.
            verify: nothing; see `options["verify_signature"]`.
            detached_payload: refused, since a JWT has none.
            audience: the accepted `aud`, or several; the token may not name one if left out.
            issuer: the accepted `iss`, or several.
            subject: the accepted `sub`.
            leeway: seconds by which clocks may differ.
            kwargs: nothing; anything warns.

        Raises:
            InvalidTokenError: the token is refused; the class says why.
            InvalidKeyError: not exactly one of the algorithms fits the key, or it is weak.
        """
        warn_of_extras(kwargs)
        is_signed = (options or {}).get("verify_signature", True)
        if verify is not None and verify != is_signed:
            warn(
                'verify= has no effect; write options={"verify_signature": False}',
                DeprecationWarning,
                stacklevel=2,
            )
        if detached_payload is not None:
            raise PolicyRefused("a JWT has no detached payload (RFC 7797 section 7); use PyJWS()")
        checks = merged(self.options, options)
        wanted = Wanted(audience, issuer, subject, leeway)
        with renaming:
            keys = None
            if is_signed:
                keys = self._jws.verification_key(
                    key, algorithms, allow_short=not checks["enforce_minimum_key_length"]
                )
            parts = read_parts(jwt)
            jws_header.check_critical(parts.header, {})
            if keys is not None:
                prove(parts, parts.payload_b64u, *keys)
            members = members_of(parts.payload_b64u)
            check_claims(members, checks, wanted, self._clock.now())
            return {
                "payload": members if is_signed else UnverifiedClaims(members),
                "header": dict(parts.header.members),
                "signature": signature_of(parts),
            }

    def decode(
        self,
        jwt: str | bytes,
        key: "GivenKey" = "",
        algorithms: Sequence[str] | None = None,
        options: Options | None = None,
        verify: bool | None = None,
        detached_payload: bytes | None = None,
        audience: str | Iterable[str] | None = None,
        subject: str | None = None,
        issuer: str | Container[str] | None = None,
        leeway: float | timedelta = 0,
        **kwargs: object,
    ) -> dict[str, Any]:
        """Return the claims of a token that holds; see `decode_complete`."""
        warn_of_extras(kwargs)
        found = self.decode_complete(
            jwt,
            key,
            algorithms,
            options,
            verify=verify,
            detached_payload=detached_payload,
            audience=audience,
            subject=subject,
            issuer=issuer,
            leeway=leeway,
        )
        return cast("dict[str, Any]", found["payload"])


def _refuse_unreadable(data: bytes) -> None:
    """Refuse claims that no reader here would take: NaN, a member twice, too deep a nesting."""
    try:
        members_of(base64url.encode_bytes(data))
    except MalformedToken as error:
        reason = error.hint
    else:
        return
    raise PolicyRefused(f"the claims cannot be read back: {reason}")


# The functions below are methods of one object, as PyJWT's are: it remembers parsed keys only.
_shared = PyJWT()
encode = _shared.encode
decode = _shared.decode
decode_complete = _shared.decode_complete
