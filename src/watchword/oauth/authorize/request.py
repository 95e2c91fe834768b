"""The authorization request: the parameters that came in, and what is proved of them.

What proves it is the table of `pipeline`.

Source: RFC 6749 sections 3.1 and 4.1.1; RFC 8707 section 2; OpenID Connect Core section 3.1.2.1;
oauth.md A-9.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from watchword.base.records import dataclass
from watchword.oauth.authorize.redirects import ValidatedRedirect
from watchword.oauth.claims_request import ClaimsRequest
from watchword.oauth.clients import Client, Resource
from watchword.oauth.scopes import OPENID

__all__ = [
    "READS",
    "Asked",
    "AuthorizationRequest",
    "Destination",
    "ResponseMode",
    "read_asked",
]

# What the endpoint reads; anything else is ignored (RFC 6749 section 3.1).
READS = frozenset(
    {
        "acr_values", "claims", "claims_locales", "client_id", "code_challenge",
        "code_challenge_method", "display", "id_token_hint", "login_hint", "max_age", "nonce",
        "prompt", "redirect_uri", "registration", "request", "request_uri", "resource",
        "response_mode", "response_type", "scope", "state", "ui_locales",
    }
)  # fmt: skip


class ResponseMode(Enum):
    """How the answer travels. The value is the parameter's."""

    QUERY = "query"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request, each once."""

    members: Mapping[str, str]
    resources: tuple[str, ...] = ()  # the one parameter that may repeat (RFC 8707 section 2)
    repeated: frozenset[str] = frozenset()  # these are in `members` no more


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a request is answered, and how."""

    redirect: ValidatedRedirect
    mode: ResponseMode
    state: str | None  # byte for byte
    is_known: bool  # somebody who runs this server registered the client


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the steps proved."""

    client: Client
    destination: Destination
    redirect_uri: str | None  # as sent: the token request has to repeat it
    resources: tuple[Resource, ...]  # at least one
    scopes: tuple[str, ...]  # in the order asked
    code_challenge: str | None
    nonce: str | None
    claims: ClaimsRequest
    members: Mapping[str, str]  # what OpenID Connect adds is read from here

    @property
    def is_openid(self) -> bool:
        """Whether an ID token is asked for."""
        return OPENID in self.scopes


def read_asked(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Gather the parameters of a request. Empty ones count as left out, unknown ones are ignored.

    Args:
        pairs: names and values as they came.
    """
    members: dict[str, str] = {}
    resources: list[str] = []
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in READS or not value:
            continue
        if name == "resource":
            resources.append(value)
        elif name in members:
            repeated.add(name)
        else:
            members[name] = value
    kept = {name: value for name, value in members.items() if name not in repeated}
    return Asked(kept, tuple(dict.fromkeys(resources)), frozenset(repeated))
