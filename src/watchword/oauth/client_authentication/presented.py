"""What a request presents of its client: an id, and at most one proof.

Source: RFC 6749 section 2.3.1; RFC 7521 section 4.2; oauth.md C-2, N-18, N-21.
"""

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

from msgspec import Struct

from watchword.base.secrets import Secret
from watchword.oauth.errors import InvalidClient, InvalidRequest
from watchword.oauth.parameters import optional_text

__all__ = [
    "ASSERTION_TYPE",
    "PARAMETERS",
    "PROOFS",
    "AssertionProof",
    "Presented",
    "SecretProof",
    "read_presented",
]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# What of a form belongs to the client and not to the request.
PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
PARAMETERS = PROOFS | {"client_id"}

_BASIC = re.compile(r"basic(?: +(?P<token>[A-Za-z0-9+/]+={0,2}))?", re.IGNORECASE | re.ASCII)


class SecretProof(Struct, frozen=True):
    """A secret, in the header or in the form."""

    secret: Secret
    is_basic: bool


class AssertionProof(Struct, frozen=True):
    """A signed assertion (`private_key_jwt`)."""

    assertion: Secret


class Presented(Struct, frozen=True):
    """Who a request says it comes from, and how it proves it."""

    client_id: str | None  # None: only the assertion says
    proof: SecretProof | AssertionProof | None

    @property
    def names_client(self) -> bool:
        """Whether it says who it comes from; else the login API's default client is meant."""
        return self.client_id is not None or self.proof is not None


def read_presented(authorization: Sequence[str], form: Mapping[str, object]) -> Presented:
    """Read the client's part of a request.

    Args:
        authorization: the values of all `Authorization` fields, each as sent.
        form: the parameters of the body, each once.

    Raises:
        InvalidRequest: two methods at once, two ids that differ, or half of an assertion.
        InvalidClient: a header that is not Basic, or a malformed one.
    """
    said = optional_text(form, "client_id")
    basic = _basic(authorization)
    secret = optional_text(form, "client_secret")
    assertion = _assertion(form)
    if sum(one is not None for one in (basic, secret, assertion)) > 1:
        raise InvalidRequest("the client is authenticated in more than one way")
    if basic is not None:
        client_id, password = basic
        if said not in (None, client_id):
            raise InvalidRequest("client_id differs between the header and the body")
        return Presented(client_id, SecretProof(password, is_basic=True))
    if secret is not None:
        return Presented(said, SecretProof(Secret(secret), is_basic=False))
    return Presented(said, None if assertion is None else AssertionProof(Secret(assertion)))


def _basic(authorization: Sequence[str]) -> tuple[str, Secret] | None:
    """Return id and secret, each form-url-decoded (RFC 6749 section 2.3.1)."""
    if not authorization:
        return None
    if len(authorization) > 1:
        raise InvalidRequest("the Authorization header is repeated")
    found = _BASIC.fullmatch(authorization[0].strip(" \t"))
    if found is None:
        raise InvalidClient("the Authorization header is not Basic", is_basic=True)
    try:
        text = b64decode(found["token"] or "", validate=True).decode("utf-8")
    except ValueError:
        raise InvalidClient("the Basic credentials are malformed", is_basic=True) from None
    name, colon, secret = text.partition(":")
    if not colon or not name:
        raise InvalidClient("the Basic credentials are malformed", is_basic=True)
    return _decoded(name), Secret(_decoded(secret))


def _decoded(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidClient("the Basic credentials are malformed", is_basic=True) from None


def _assertion(form: Mapping[str, object]) -> str | None:
    assertion = optional_text(form, "client_assertion")
    kind = optional_text(form, "client_assertion_type")
    if (assertion is None) != (kind is None):
        raise InvalidRequest("client_assertion and client_assertion_type come together")
    if kind not in (None, ASSERTION_TYPE):
        raise InvalidRequest("client_assertion_type is unknown")
    return assertion
