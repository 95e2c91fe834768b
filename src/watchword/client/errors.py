"""What can go wrong while getting a token.

ClientError                   .code .detail; the text holds neither password nor token
├─ LoginFailed                the server refused the login, or answered something else
└─ OriginRefused  origin_refused   the request goes where this login's token must not go

Network failures stay what the HTTP client raises.
"""

__all__ = ["ClientError", "LoginFailed", "OriginRefused"]


class ClientError(Exception):
    """No token was sent."""

    def __init__(self, text: str, *, code: str, detail: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.detail = detail


class LoginFailed(ClientError):
    """The server gave no tokens.

    `code` is the server's own where it sent one ("invalid_credentials", "busy"), else
    "bad_answer", "bad_metadata", "redirected" or "no_answer". `status` is that of the answer, or
    None.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str,
        status: int | None = None,
        retry_after: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(text, code=code, detail=detail)
        self.status = status
        self.retry_after = retry_after  # the field of the answer, where it has one

    def again(self) -> "LoginFailed":
        """Return an equal exception, for another thread or task to raise."""
        return LoginFailed(
            str(self),
            code=self.code,
            status=self.status,
            retry_after=self.retry_after,
            detail=self.detail,
        )


class OriginRefused(ClientError):
    """The request leaves the API that the token is for; nothing was sent."""

    def __init__(self, text: str, *, detail: str = "") -> None:
        super().__init__(text, code="origin_refused", detail=detail)
