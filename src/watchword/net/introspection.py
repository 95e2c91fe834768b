"""Introspection at an issuer elsewhere: each token is asked about, over HTTP.

Source: RFC 7662 sections 2.1 and 2.2; RFC 6749 section 2.3.1; access.md F3, F5.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from watchword.base import strict_json
from watchword.base.secrets import Secret
from watchword.net.basic import basic
from watchword.net.discovery import endpoint
from watchword.net.document import Request
from watchword.net.errors import BadAnswer
from watchword.net.feed import Reaching

__all__ = ["RemoteIntrospection"]

MEMBER = "introspection_endpoint"
ANSWER_BYTES_MAX = 64 * 1024
ANSWER_SECONDS_MAX = 5.0


class RemoteIntrospection:
    """Asks the introspection endpoint that an issuer's metadata names.

    Args:
        issuer: the exact issuer identifier.
        name: of the resource (or the client) that asks, as the issuer knows it.
        secret: with which it proves that it is.
        fetcher: for private networks and authorities.
    """

    __slots__ = ("_authorization", "_endpoint", "_fetcher", "_issuer")

    def __init__(
        self, issuer: str, *, name: str, secret: Secret | str, fetcher: Reaching | None = None
    ) -> None:
        if fetcher is None:
            # The own fetcher stands on an optional library.
            from watchword.net.fetcher import fetcher_for  # noqa: PLC0415

            fetcher = fetcher_for(issuer)
        hidden = Secret(secret) if isinstance(secret, str) else secret
        self._authorization = basic(name, hidden)
        self._issuer = issuer
        self._fetcher = fetcher
        self._endpoint: str | None = None

    def ask(self, token: str) -> Mapping[str, object]:
        """Return what the issuer says of a token. Blocks.

        Raises:
            FetchFailed: nothing answers, or not as RFC 7662 says.
        """
        if self._endpoint is None:
            self._endpoint = endpoint(self._issuer, MEMBER, self._fetcher)
        answer = self._fetcher.send(
            Request(
                url=self._endpoint,
                method="POST",
                headers={
                    "Authorization": self._authorization.reveal(),
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                },
                body=urlencode({"token": token, "token_type_hint": "access_token"}).encode(),
                bytes_max=ANSWER_BYTES_MAX,
                seconds_max=ANSWER_SECONDS_MAX,
            )
        )
        if answer.status != 200:
            self._endpoint = None  # the next request looks where it is
            raise BadAnswer(f"introspection answers with status {answer.status}, not 200")
        try:
            told = strict_json.loads(answer.body, bytes_max=ANSWER_BYTES_MAX)
        except strict_json.MalformedJSON as error:
            raise BadAnswer(f"the introspection answer is refused: {error}") from None
        if not isinstance(told, dict):
            raise BadAnswer("the introspection answer is no object")
        return told
