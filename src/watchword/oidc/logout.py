"""RP-initiated logout: an application sends the browser here to end its person's login.

Nobody is led anywhere on somebody's mere word: the address has to be registered, to the letter, for
the application that an ID token of this server names. And nobody is signed out by a link alone:
without such a token for the person who is here, a page asks first.

Source: OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3; oauth.md N-24, F-5; security.md
rule 75; decisions/0158.
"""

from collections.abc import Callable, Mapping
from dataclasses import InitVar
from enum import Enum
from typing import Protocol

from watchword.base.records import dataclass
from watchword.oauth.authorize.redirects import form_target_of, host_of, with_parameters
from watchword.oauth.clients import Client
from watchword.oauth.parameters import optional_text
from watchword.oidc.id_token import IDTokenHint

__all__ = [
    "PARAMETERS",
    "KnownClients",
    "LogoutFault",
    "LogoutRedirect",
    "LogoutRequest",
    "Understood",
    "check",
    "parse",
    "understand",
]

# What is read of a request; everything else is ignored.
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
_MAKER = object()


class LogoutFault(Enum):
    """Why nobody is led back to the application. The value says it to its developer."""

    HINT = "id_token_hint is no ID token of this server"
    OTHER_CLIENT = "client_id is another one than the aud of id_token_hint"
    NO_HINT = "post_logout_redirect_uri came without an id_token_hint"
    ADDRESS = "post_logout_redirect_uri is not registered for the client, to the letter"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A request, typed."""

    id_token_hint: str | None = None
    client_id: str | None = None
    post_logout_redirect_uri: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class LogoutRedirect:
    """A registered address with the state as it came. Made by `check` and nothing else.

    It is no `ValidatedRedirect`, so no code is ever sent to it.

    Args:
        location: where the browser goes (RP-Initiated Logout section 2).
        maker: what this module alone has; `dataclasses.replace` cannot hand it on.

    Raises:
        TypeError: somebody else makes one.
    """

    location: str
    maker: InitVar[object]

    @property
    def host(self) -> str:
        """What people know it by."""
        return host_of(self.location)

    @property
    def form_target(self) -> str:
        """What a Content-Security-Policy has to allow, so that a form may end there."""
        return form_target_of(self.location)

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("check() alone makes a LogoutRedirect")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a request amounts to. `back` exists only where it was proved."""

    client: Client | None = None  # who sent the browser, as far as it is proved
    sub: str | None = None  # whom it means
    back: LogoutRedirect | None = None  # where the browser goes afterwards
    fault: LogoutFault | None = None

    def names(self, user_id: str) -> bool:
        """Whether the application proved that it means this person, so that nobody is asked."""
        return self.fault is None and self.sub == user_id


class KnownClients(Protocol):
    """What logout needs of a store."""

    async def find_client(self, client_id: str) -> Client | None:
        """Return the client if it is registered and active."""
        ...


def parse(members: Mapping[str, object]) -> LogoutRequest:
    """Turn parameters into a request.

    Raises:
        InvalidRequest: one is too long; the text names it.
    """
    hint, client_id, address, state = (optional_text(members, name) for name in PARAMETERS)
    return LogoutRequest(hint, client_id, address, state)


async def understand(
    request: LogoutRequest,
    clients: KnownClients,
    *,
    read_hint: Callable[[str], IDTokenHint | None],
) -> Understood:
    """Return what a request amounts to.

    Args:
        request: as it came.
        clients: who is registered.
        read_hint: of `oidc.id_token.hint_reader`.
    """
    hint = None if request.id_token_hint is None else read_hint(request.id_token_hint)
    client = None if hint is None else await clients.find_client(hint.client_id)
    return check(request, hint, client)


def check(request: LogoutRequest, hint: IDTokenHint | None, client: Client | None) -> Understood:
    """Decide on one request.

    Args:
        request: as it came.
        hint: its ID token, if this server signed it.
        client: to whom that was given; None where it is not registered any more.
    """
    if hint is None:
        if request.id_token_hint is not None:
            return Understood(fault=LogoutFault.HINT)
        is_to_lead = request.post_logout_redirect_uri is not None
        return Understood(fault=LogoutFault.NO_HINT if is_to_lead else None)
    if request.client_id not in (None, hint.client_id):
        return Understood(fault=LogoutFault.OTHER_CLIENT)
    address = request.post_logout_redirect_uri
    if address is None:
        return Understood(client, hint.sub)
    if client is None or address not in client.post_logout_redirect_uris:
        return Understood(client, hint.sub, fault=LogoutFault.ADDRESS)
    state = () if request.state is None else (("state", request.state),)
    back = LogoutRedirect(with_parameters(address, state), _MAKER)
    return Understood(client, hint.sub, back=back)
