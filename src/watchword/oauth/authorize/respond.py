"""The answer to an authorization request: a code or an error, with `state` and `iss`.

Source: RFC 6749 sections 4.1.2 and 4.1.2.1; RFC 9207 section 2; OAuth 2.0 Form Post Response Mode
section 2; oauth.md A-3, N-9 and N-29.
"""

from dataclasses import field

from watchword.base.records import dataclass
from watchword.base.secrets import Secret
from watchword.oauth.authorize.redirects import ValidatedRedirect, with_parameters
from watchword.oauth.authorize.request import Destination, ResponseMode
from watchword.oauth.errors import OAuthError

__all__ = ["RESPONSE_MODES", "RESPONSE_TYPES", "Answer", "granted", "location", "refused"]

RESPONSE_MODES = tuple(mode.value for mode in ResponseMode)
RESPONSE_TYPES = ("code",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets, and where."""

    redirect: ValidatedRedirect
    mode: ResponseMode
    parameters: tuple[tuple[str, str], ...] = field(repr=False)


def granted(destination: Destination, code: Secret, *, issuer: str) -> Answer:
    """Return the answer that carries a code."""
    return _answer(destination, (("code", code.reveal()),), issuer)


def refused(destination: Destination, error: OAuthError, *, issuer: str) -> Answer:
    """Return the answer that carries an error."""
    said = (("error", error.code), ("error_description", error.public))
    return _answer(destination, said, issuer)


def location(answer: Answer) -> str:
    """Return the address of an answer in the query."""
    return with_parameters(answer.redirect.uri, answer.parameters)


def _answer(destination: Destination, said: tuple[tuple[str, str], ...], issuer: str) -> Answer:
    state = () if destination.state is None else (("state", destination.state),)
    return Answer(destination.redirect, destination.mode, (*said, *state, ("iss", issuer)))
