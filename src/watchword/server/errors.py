"""What can go wrong at the rim.

    ServerError
    +-- ConfigurationError     the operator's setting; stops the start
    +-- PortInUse              another process listens; stops the start
    +-- NotStarted             the embedding application's bug
    +-- AlreadyStarted         the embedding application's bug
    +-- LoginOver              401: a good token whose login has ended
    +-- AccountSuspended       403: a good token of a suspended account
    +-- Rejected               the peer's message, refused before any room saw it
        +-- ActingAsUser           403
        +-- MalformedBody          400
        +-- RequestOver            400
        +-- OriginRefused          403
        +-- NotHere                404
        +-- NotPermitted           403
        +-- NotPossible            409
        +-- BodyTimedOut           408
        +-- BodyTooLarge           413
        +-- ContentTypeRefused     415
        +-- HostRefused            503

Source: ARCHITECTURE section 5; RFC 9110 section 15.5; users.md U7 and U26.
"""

from typing import ClassVar

__all__ = [
    "AccountSuspended",
    "ActingAsUser",
    "AlreadyStarted",
    "BodyTimedOut",
    "BodyTooLarge",
    "ConfigurationError",
    "ContentTypeRefused",
    "HostRefused",
    "LoginOver",
    "MalformedBody",
    "NotHere",
    "NotPermitted",
    "NotPossible",
    "NotStarted",
    "OriginRefused",
    "PortInUse",
    "Rejected",
    "RequestOver",
    "ServerError",
]


class ServerError(Exception):
    """Anything this room refuses."""


class ConfigurationError(ServerError):
    """A setting that the server will not start with.

    Args:
        key: the setting, such as "url".
        problem: what is wrong, without the value where the value may be secret.
        fix: what to do, as an imperative sentence without its full stop.
        origin: where the value came from: a variable, a file and line, or "default".
    """

    code: ClassVar[str] = "configuration_error"

    def __init__(self, key: str, problem: str, *, fix: str, origin: str = "given in code") -> None:
        super().__init__(f"{key} ({origin}): {problem}. {fix}.")
        self.key = key
        self.problem = problem
        self.fix = fix
        self.origin = origin

    def at(self, origin: str) -> "ConfigurationError":
        """Return the same refusal with the place that the value came from."""
        return ConfigurationError(self.key, self.problem, fix=self.fix, origin=origin)


class PortInUse(ServerError):
    """The address cannot be listened on."""

    code: ClassVar[str] = "port_in_use"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}")
        self.host = host
        self.port = port


class NotStarted(ServerError, RuntimeError):
    """The server is used before `startup()` or after `shutdown()`."""

    code: ClassVar[str] = "not_started"


class AlreadyStarted(ServerError, RuntimeError):
    """`startup()` ran twice on one server."""


class LoginOver(ServerError):
    """The access token is good; the session or family behind it has ended."""

    code: ClassVar[str] = "session_ended"
    status: ClassVar[int] = 401
    error: ClassVar[str | None] = "invalid_token"
    public: ClassVar[str] = "The login that this token belongs to has ended."


class AccountSuspended(ServerError):
    """The access token is good; the account behind it may do nothing."""

    code: ClassVar[str] = "suspended"
    status: ClassVar[int] = 403
    error: ClassVar[str | None] = None  # no code of RFC 6750 means this
    public: ClassVar[str] = "A suspended account may do nothing."


class Rejected(ServerError):
    """A request that is refused for its form. The text is for the peer and holds none of it."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid_request"
    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class MalformedBody(Rejected):
    """The body is not what its type says."""


class RequestOver(Rejected):
    """An authorization request was answered, is too old, or was begun by another browser."""

    code = "request_over"

    def __init__(self) -> None:
        super().__init__("the authorization request is over, or belongs to another browser")


class OriginRefused(Rejected):
    """A page of another origin asks for what only the owner's applications may.

    Source: oauth.md L-12.
    """

    status = 403
    code = "unauthorized_client"


class NotHere(Rejected):
    """What was asked for does not exist, or is somebody else's: one answer for both.

    Source: users.md U56.
    """

    status = 404
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("there is nothing at this address")


class ActingAsUser(Rejected):
    """Whoever acts as a user asks for what is the user's alone."""

    status = 403
    code = "acting_as_user"

    def __init__(self) -> None:
        super().__init__("this is not done while acting as a user")


class NotPermitted(Rejected):
    """A rule of the server, or the lack of one, keeps somebody from administering this.

    Args:
        detail: the decision, for the operator.
    """

    status = 403
    code = "not_allowed"

    def __init__(self, detail: str) -> None:
        super().__init__("the account may not do this")
        self.detail = detail


class NotPossible(Rejected):
    """What stands in the store does not allow this change, whoever asks for it.

    Args:
        code: which of the reasons.
        text: it in words.
    """

    status = 409

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code  # type: ignore[misc]  # of several reasons; a class for each says no more


class BodyTimedOut(Rejected):
    """The body did not arrive in time; the connection cannot be used again."""

    status = 408
    headers = (("connection", "close"),)


class BodyTooLarge(Rejected):
    """The body is larger than the route takes; what is left of it is not read."""

    status = 413
    headers = (("connection", "close"),)


class ContentTypeRefused(Rejected):
    """The body is of a type that the route does not read."""

    status = 415

    def __init__(self, text: str, *, accepted: str) -> None:
        super().__init__(text)
        self.accepted = accepted


class HostRefused(Rejected):
    """Someone reaches the server from outside while its public URL is not set.

    Source: users.md U7.
    """

    status = 503
    code = "url_not_set"
