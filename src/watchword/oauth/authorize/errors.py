"""What the authorization endpoint refuses, in the words of its standards.

    OAuthError
    |- UnknownClient              on a page, because nobody may be redirected yet
    |- RedirectMismatch           as above
    |- AccessDenied               sent to the redirect address, as are all that follow
    |- UnsupportedResponseType
    |- LoginRequired
    |- InteractionRequired
    |- ConsentRequired
    |- AccountSelectionRequired
    |- UnmetAuthenticationRequirements
    |- RequestNotSupported
    |- RequestURINotSupported
    `- RegistrationNotSupported

Source: RFC 6749 section 4.1.2.1; OpenID Connect Core section 3.1.2.6; OpenID Connect Core Error
Code unmet_authentication_requirements 1.0; RFC 9470 section 5.
"""

from watchword.oauth.errors import OAuthError

__all__ = [
    "AccessDenied",
    "AccountSelectionRequired",
    "ConsentRequired",
    "InteractionRequired",
    "LoginRequired",
    "RedirectMismatch",
    "RegistrationNotSupported",
    "RequestNotSupported",
    "RequestURINotSupported",
    "UnknownClient",
    "UnmetAuthenticationRequirements",
    "UnsupportedResponseType",
]


class UnknownClient(OAuthError):
    """No active client has this `client_id`. Programs that register themselves wait for this 400.

    Source: oauth.md A-1.
    """

    code = "unknown_client"
    status = 400
    text = "the client_id is unknown"


class RedirectMismatch(OAuthError):
    """The request names no address that is registered for its client, so it is answered by a page.

    Source: RFC 6749 section 4.1.2.1; RFC 9700 section 4.11.2.
    """

    code = "redirect_uri_mismatch"
    status = 400
    text = "the redirect_uri is not registered for this client"


class AccessDenied(OAuthError):
    """The person said no."""

    code = "access_denied"
    status = 400
    text = "the person refused"


class UnsupportedResponseType(OAuthError):
    """Another response type than `code`."""

    code = "unsupported_response_type"
    status = 400
    text = "the response_type must be code"


class LoginRequired(OAuthError):
    """`prompt=none`, and the person has to sign in."""

    code = "login_required"
    status = 400
    text = "the person has to sign in"


class InteractionRequired(OAuthError):
    """`prompt=none`, and a page has to be shown."""

    code = "interaction_required"
    status = 400
    text = "the person has to be shown a page"


class ConsentRequired(OAuthError):
    """`prompt=none`, and the person has not allowed this."""

    code = "consent_required"
    status = 400
    text = "the person has to allow this"


class AccountSelectionRequired(OAuthError):
    """`prompt=none`, and an account has to be chosen."""

    code = "account_selection_required"
    status = 400
    text = "the person has to choose an account"


class UnmetAuthenticationRequirements(OAuthError):
    """The level that the client insists on is none that a login here reaches.

    Source: OpenID Connect Core Error Code unmet_authentication_requirements 1.0, section 2.
    """

    code = "unmet_authentication_requirements"
    status = 400
    text = "no login here reaches the level that is asked for"


class RequestNotSupported(OAuthError):
    """A request object came along."""

    code = "request_not_supported"
    status = 400
    text = "the request parameter is not supported"


class RequestURINotSupported(OAuthError):
    """The address of a request object came along."""

    code = "request_uri_not_supported"
    status = 400
    text = "the request_uri parameter is not supported"


class RegistrationNotSupported(OAuthError):
    """Metadata of a client came along."""

    code = "registration_not_supported"
    status = 400
    text = "the registration parameter is not supported"
