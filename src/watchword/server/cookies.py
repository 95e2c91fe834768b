"""Cookies of a browser session: one secret each, in the strictest form that the issuer allows.

A browser keeps the cookies of a host together, whatever the port, so each name ends with a mark of
the issuer: two servers on 127.0.0.1, or below two paths, leave each other's alone.

Source: OWASP ASVS 5.0 V3.3; RFC 6265bis section 4.1.3; users.md U28; oauth.md A-8; security.md
rules 38 and 39.
"""

import re
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.responses import Response

from watchword.accounts.throttle import DEVICE_MEMORY_SECONDS
from watchword.base.records import dataclass
from watchword.base.secrets import Secret, digest

__all__ = ["CookieRules", "cookie_rules"]

# Exactly what base.chance.new_secret makes. Anything else is no cookie of this server.
SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
PREFERENCES_SECONDS = 365 * 86_400
ERRAND_SECONDS = 1800  # as long as an authorization request is under way
MARK_CHARACTERS = 8  # two issuers of one host share a mark once in four thousand million
PAIRS_MAX = 128  # browsers keep fewer cookies for one site


@dataclass(frozen=True, slots=True)
class CookieRules:
    """Names and attributes of this server's cookies.

    Each has Path=/, HttpOnly and SameSite=Lax. Those that let somebody in end with the browser; the
    limits of a session stand in its row.
    """

    prefix: str
    mark: str  # of the issuer
    is_secure: bool

    @property
    def session(self) -> str:
        """The cookie whose hash finds the session."""
        return self._named("session")

    @property
    def aside(self) -> str:
        """The cookie of whoever acts as a user, until their own session is put back."""
        return self._named("aside")

    @property
    def form(self) -> str:
        """The cookie that the forms of this browser are bound to."""
        return self._named("form")

    @property
    def flow(self) -> str:
        """The cookie of a sign-in between its two steps."""
        return self._named("flow")

    @property
    def interaction(self) -> str:
        """The cookie that the authorization requests of this browser are bound to."""
        return self._named("interaction")

    @property
    def errand(self) -> str:
        """The cookie that keeps the way back while a person waits for a mail."""
        return self._named("errand")

    @property
    def device(self) -> str:
        """The cookie by which a browser is known that has signed in before."""
        return self._named("device")

    @property
    def preferences(self) -> str:
        """The cookie that holds the language and the theme that a person chose."""
        return self._named("preferences")

    def _named(self, purpose: str) -> str:
        return f"{self.prefix}watchword-{purpose}-{self.mark}"

    def read(self, headers: Headers, name: str) -> Secret | None:
        """Return the secret in a cookie; None if it is absent, repeated or not of our making."""
        value = self.read_text(headers, name)
        return Secret(value) if value is not None and SECRET.fullmatch(value) else None

    def read_text(self, headers: Headers, name: str) -> str | None:
        """Return the one value of a cookie; None if it is absent or repeated.

        A repeated cookie was planted by someone who may set cookies for this host: which of them
        the server would take must not be theirs to choose.
        """
        pairs = ";".join(headers.getlist("cookie")).split(";", PAIRS_MAX)[:PAIRS_MAX]
        values = [
            value.strip()
            for key, _, value in (p.partition("=") for p in pairs)
            if key.strip() == name
        ]
        return values[0] if len(values) == 1 else None

    def write(self, response: Response, name: str, secret: Secret) -> None:
        """Give the browser a secret to bring back."""
        response.set_cookie(
            name,
            secret.reveal(),
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def write_errand(self, response: Response, path: str) -> None:
        """Have the browser keep where its person was going. It is believed as little as a query."""
        response.set_cookie(
            self.errand,
            path,
            max_age=ERRAND_SECONDS,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def write_device(self, response: Response, secret: Secret) -> None:
        """Have the browser keep what it is known by."""
        response.set_cookie(
            self.device,
            secret.reveal(),
            max_age=DEVICE_MEMORY_SECONDS,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def write_preferences(self, response: Response, text: str) -> None:
        """Have the browser keep what its person chose, for a year."""
        response.set_cookie(
            self.preferences,
            text,
            max_age=PREFERENCES_SECONDS,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response, name: str) -> None:
        """Tell the browser to forget a secret."""
        response.delete_cookie(name, path="/", secure=self.is_secure, httponly=True, samesite="lax")


@lru_cache(maxsize=8)
def cookie_rules(issuer: str) -> CookieRules:
    """Return the rules of an issuer.

    Settings accept http only on loopback; there the `__Host-` prefix and Secure are left away,
    because Python's cookie jar never returns a Secure cookie over http (users.md U28).
    """
    is_https = issuer.startswith("https:")
    mark = digest(issuer).hex()[:MARK_CHARACTERS]
    return CookieRules("__Host-" if is_https else "", mark, is_https)
