"""The `claims` parameter: single claims that a client asks for, beside those of its scopes.

What it means stands in `oidc`; here it is read, and written to go with the code and the family.

Source: OpenID Connect Core sections 5.5 and 5.5.1.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from watchword.base import strict_json
from watchword.base.records import dataclass
from watchword.oauth.errors import InvalidRequest

__all__ = ["NOTHING_ASKED", "AskedClaim", "ClaimsRequest", "format_claims", "parse_claims"]

CLAIMS_BYTES_MAX = 4096  # of the parameter
CLAIMS_MAX = 64  # of each place; OpenID Connect Core names about twenty
_PLACES = ("id_token", "userinfo")
_NONE_ASKED: Mapping[str, "AskedClaim"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """How one claim is asked for."""

    is_essential: bool = False
    values: tuple[object, ...] = ()  # which are wanted, the preferred first; none: any

    def accepts(self, value: object) -> bool:
        """Whether a value is what was asked for; a number is not a truth value."""
        wanted = ((type(one), one) for one in self.values)
        return not self.values or (type(value), value) in wanted


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What is asked for in each of the two places where claims are told."""

    id_token: Mapping[str, AskedClaim] = field(default_factory=dict)
    userinfo: Mapping[str, AskedClaim] = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The `sub` values that the answer may be about; none: whoever it is.

        Source: OpenID Connect Core section 5.5.1 (only a session of this user may be answered for).
        """
        asked = (self.id_token.get("sub"), self.userinfo.get("sub"))
        return tuple(str(value) for one in asked if one is not None for value in one.values)

    @property
    def essential_acr_values(self) -> tuple[str, ...]:
        """The levels of which one has to be reached.

        Source: OpenID Connect Core section 5.5.1.1.
        """
        asked = self.id_token.get("acr", AskedClaim())
        return tuple(str(value) for value in asked.values) if asked.is_essential else ()


NOTHING_ASKED = ClaimsRequest()


def parse_claims(text: str | None) -> ClaimsRequest:
    """Read the parameter. Members that nobody knows are ignored.

    Raises:
        InvalidRequest: no JSON object, too large, or of another shape; the text says where.
    """
    if text is None:
        return NOTHING_ASKED
    try:
        document = strict_json.loads(
            text.encode("utf-8", "surrogatepass"), bytes_max=CLAIMS_BYTES_MAX
        )
    except strict_json.MalformedJSON as error:
        raise InvalidRequest("claims is no JSON", detail=str(error)) from None
    if not isinstance(document, dict):
        raise InvalidRequest("claims is no JSON object")
    id_token, userinfo = (_place(name, document.get(name)) for name in _PLACES)
    return ClaimsRequest(id_token, userinfo)


def format_claims(asked: ClaimsRequest) -> str | None:
    """Return the text that `parse_claims` reads; None where nothing is asked."""
    if asked == NOTHING_ASKED:
        return None
    places = {
        "id_token": {name: _written(one) for name, one in asked.id_token.items()},
        "userinfo": {name: _written(one) for name, one in asked.userinfo.items()},
    }
    return json.dumps(places, separators=(",", ":"))


def _place(place: str, members: object) -> Mapping[str, AskedClaim]:
    if members is None:
        return _NONE_ASKED
    if not isinstance(members, dict) or len(members) > CLAIMS_MAX:
        raise InvalidRequest(f"{place} of claims is an object of at most {CLAIMS_MAX} members")
    return dict(_asked(place, members))


def _asked(place: str, members: Mapping[str, object]) -> Iterator[tuple[str, AskedClaim]]:
    for name, wish in members.items():
        if wish is None:
            yield name, AskedClaim()
            continue
        if not isinstance(wish, dict) or not isinstance(wish.get("values", []), list):
            raise InvalidRequest(f"a member of {place} in claims is null, or an object")
        values = [wish["value"]] if "value" in wish else wish.get("values", [])
        yield name, AskedClaim(wish.get("essential") is True, tuple(values))


def _written(asked: AskedClaim) -> dict[str, object] | None:
    written: dict[str, object] = {"essential": True} if asked.is_essential else {}
    if asked.values:
        written["values"] = list(asked.values)
    return written or None
