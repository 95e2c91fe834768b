"""What the login API refuses, at either of its two doors, and what it says of an unfinished login.

    OAuthError
    |- PageRefused                    403  a web page of an origin that the client does not list
    |- InvalidCredentials             401  the login failed; one text for every reason
    |- LoginUnfinished                401  the login needs more; .members say what
    |  |- PasskeyRequired
    |  |- ReauthenticationRequired
    |  `- SecondFactorRequired
    |- InsufficientAuthorization      400  either of the two, at the challenge endpoint
    |- InvalidSession                 401  no such login is under way
    `- RedirectToWeb                  403  only pages can go on

Source: oauth.md section 6; draft-ietf-oauth-first-party-apps-03.
"""

from collections.abc import Mapping

from watchword.oauth.errors import LOGIN_CHALLENGE, NO_MEMBERS, OAuthError

__all__ = [
    "InsufficientAuthorization",
    "InvalidCredentials",
    "InvalidSession",
    "LoginUnfinished",
    "PageRefused",
    "PasskeyRequired",
    "ReauthenticationRequired",
    "RedirectToWeb",
    "SecondFactorRequired",
]


class PageRefused(OAuthError):
    """A web page of another origin uses the login API, and its client does not list that origin."""

    code = "unauthorized_client"
    status = 403
    text = "this origin is not registered for the client"


class InvalidCredentials(OAuthError):
    """Name and password do not open an active account. Every reason reads the same."""

    code = "invalid_credentials"
    status = 401
    text = "the user name or the password is wrong"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (("www-authenticate", LOGIN_CHALLENGE),)


class LoginUnfinished(OAuthError):
    """The login needs more; `members` hold `auth_session`, `expires_in` and `next`."""

    code = "second_factor_required"
    status = 401
    text = "the login needs another step"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (("www-authenticate", LOGIN_CHALLENGE),)


class SecondFactorRequired(LoginUnfinished):
    """A second factor has to be shown."""

    code = "second_factor_required"
    text = "a second factor is required"


class ReauthenticationRequired(LoginUnfinished):
    """What was proved is older than what is asked for."""

    code = "reauthentication_required"
    text = "a more recent proof is required"


class PasskeyRequired(LoginUnfinished):
    """A login that was begun with a passkey waits for it."""

    code = "passkey_required"
    text = "a passkey is required"


class InsufficientAuthorization(OAuthError):
    """The login failed or needs more, at the authorization challenge endpoint.

    Args:
        reason: the code that the login endpoint would give.
    """

    code = "insufficient_authorization"
    status = 400
    text = "the login is not complete"

    def __init__(
        self,
        public: str = "",
        *,
        detail: str = "",
        reason: str = "",
        members: Mapping[str, object] = NO_MEMBERS,
    ) -> None:
        named = {"reason": reason} if reason else {}
        super().__init__(public, detail=detail, members={**named, **members})


class InvalidSession(OAuthError):
    """The login under way is unknown, over, or was begun by another client."""

    code = "invalid_session"
    status = 401
    text = "no such login is under way; begin again"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The challenge that every 401 carries (RFC 9110 section 15.5.2)."""
        return (
            (("www-authenticate", LOGIN_CHALLENGE),) if self.status == 401 else ()
        )  # Unauthorized


class RedirectToWeb(OAuthError):
    """Only pages can go on: a password to be changed, a second factor to be set up.

    `members` hold `reason`, which of the two, and `continue_at`, the address of the page.
    """

    code = "redirect_to_web"
    status = 403
    text = "continue in a browser"
