"""What is wrong with a client, in the words of whoever brings it.

    ClientRefused     .member .problem .fix .value; each door turns it into its own refusal

    OAuthError
    |- InvalidRedirectURI           400  what the peer of a registration is told, as all that follow
    |- InvalidClientMetadata        400
    |- InvalidSoftwareStatement     400
    |- UnapprovedSoftwareStatement  400
    `- RegistrationTokenRefused     401  what lets it register, or manage what it registered

Source: RFC 7591 section 3.2.2; RFC 7592 section 2.
"""

from watchword.oauth.bearer import challenge
from watchword.oauth.errors import OAuthError

__all__ = [
    "ClientRefused",
    "InvalidClientMetadata",
    "InvalidRedirectURI",
    "InvalidSoftwareStatement",
    "RegistrationTokenRefused",
    "UnapprovedSoftwareStatement",
]


class ClientRefused(Exception):
    """A client record that is not taken.

    Args:
        member: as the record calls it.
        problem: what is wrong, in characters of RFC 6749 section 5.2, without the value.
        fix: what to do, as an imperative sentence without its full stop.
        value: the entry that is meant, for whoever wrote it and for no peer; "" where it is clear.
    """

    def __init__(self, member: str, problem: str, *, fix: str, value: str = "") -> None:
        super().__init__(f"{member} {problem}")
        self.member = member
        self.problem = problem
        self.fix = fix
        self.value = value


class InvalidRedirectURI(OAuthError):
    """A redirect URI may not be registered, or none is."""

    code = "invalid_redirect_uri"
    status = 400
    text = "a redirect URI may not be registered"


class InvalidClientMetadata(OAuthError):
    """What a client says of itself cannot be served."""

    code = "invalid_client_metadata"
    status = 400
    text = "the client metadata cannot be served"


class InvalidSoftwareStatement(OAuthError):
    """The software statement is no JWT."""

    code = "invalid_software_statement"
    status = 400
    text = "the software statement is malformed"


class UnapprovedSoftwareStatement(OAuthError):
    """The software statement is of somebody whom nobody trusts here."""

    code = "unapproved_software_statement"
    status = 400
    text = "no software statements are trusted here; leave it out"


class RegistrationTokenRefused(OAuthError):
    """The token does not let its bearer register a client, or manage this one."""

    code = "invalid_token"
    status = 401
    text = "the token does not open this"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 6750 section 3)."""
        value = challenge(realm="watchword", error=self.code, error_description=self.public)
        return (("www-authenticate", value),)
