"""Settings: what an operator decides, each with its default, its unit and its limit.

A `Settings` is checked when it is made. Reading it from the environment and a file stands in
`settings_sources.py`; what each one means, in `settings_meanings.py`.

Source: security.md rules 97, 98, 104 and 105; users.md U7, U25, U26, U65, U91.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from watchword.accounts.confirmation import ACT_SECONDS
from watchword.accounts.factors.ceremonies import RelyingParty
from watchword.accounts.levels import Level
from watchword.accounts.passwords.hashing import PARAMETERS
from watchword.accounts.passwords.schemes.argon2 import LANES_MAX, MEMORY_KIB_MAX, TIME_COST_MAX
from watchword.accounts.sessions import SESSION_LIMITS, Limits
from watchword.base.database_url import MalformedDatabaseURL, SQLiteAddress, parse_address
from watchword.base.records import dataclass
from watchword.keys.ring import SIGNING_ALGORITHMS
from watchword.keys.rotation import RotationPolicy
from watchword.oauth.characters import is_uri_text
from watchword.oauth.families import FAMILY_LIMITS
from watchword.server.addresses import Network, read_network
from watchword.server.brand import Brand, check_brand
from watchword.server.client_settings import check_clients
from watchword.server.cores import usable_cores
from watchword.server.errors import ConfigurationError
from watchword.server.loopback import is_loopback
from watchword.server.mail.checks import check_mail
from watchword.server.password_settings import check_passwords
from watchword.server.relying_party import relying_party

__all__ = ["PORT", "RANGES", "SIGNING_ALGORITHMS", "Settings", "is_loopback"]

PORT = 8000  # where nobody says another; uvicorn's own, too
YEAR_SECONDS = 365 * 86_400
ACCESS_LIFETIME_SECONDS_MAX = 3600  # a guard without the store cannot end a token before its exp

# The least and the most that a number may be; what is outside is a mistake of unit or of typing.
RANGES = {
    "port": (0, 65_535),
    "access_lifetime_seconds": (30, ACCESS_LIFETIME_SECONDS_MAX),
    "session_idle_seconds": (60, YEAR_SECONDS),
    "session_lifetime_seconds": (60, YEAR_SECONDS),
    "admin_proof_seconds": (60, YEAR_SECONDS),
    "refresh_idle_seconds": (60, FAMILY_LIMITS.lifetime_seconds),
    "refresh_lifetime_seconds": (60, FAMILY_LIMITS.lifetime_seconds),
    "header_seconds": (1, 120),
    "body_seconds": (1, 600),
    "send_seconds": (1, 600),
    "request_seconds": (1, 600),
    "keep_alive_seconds": (1, 3600),
    "key_active_seconds": (3600, 10 * YEAR_SECONDS),
    "key_announce_seconds": (600, YEAR_SECONDS),  # twice what caches keep the key set for
    "key_keep_seconds": (3600, YEAR_SECONDS),  # no access token lives longer
    "drain_seconds": (0, 600),
    "header_bytes_max": (4096, 1_048_576),
    "connections_max": (1, 1_000_000),
    "connections_per_address_max": (1, 1_000_000),
    "hash_threads": (0, 1024),
    "hash_queue_max": (0, 100_000),
    "argon2_memory_kib": (8, MEMORY_KIB_MAX),
    "argon2_time_cost": (1, TIME_COST_MAX),
    "argon2_lanes": (1, LANES_MAX),
    "smtp_port": (0, 65_535),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a server is told. Raises ConfigurationError for what it will not start with.

    `settings_meanings.py` says what each one means.
    """

    url: str | None = None
    mount_path: str = ""
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    resource_secret_files: Mapping[str, str] = field(default_factory=dict)
    opaque_resources: tuple[str, ...] = ()
    database: str = field(default="sqlite:///watchword.db", repr=False)  # may hold a password
    host: str = "127.0.0.1"
    port: int = PORT
    proxies: tuple[str, ...] = ()
    key_file: str | None = None
    passkey_domain: str | None = None
    passkey_origins: tuple[str, ...] = ()
    signing_alg: str = "RS256"
    key_active_seconds: int = 90 * 86_400
    key_announce_seconds: int = 14 * 86_400
    key_keep_seconds: int = 14 * 86_400
    access_lifetime_seconds: int = 300
    session_idle_seconds: int = SESSION_LIMITS.idle_seconds
    session_lifetime_seconds: int = SESSION_LIMITS.lifetime_seconds
    refresh_idle_seconds: int = FAMILY_LIMITS.idle_seconds
    refresh_lifetime_seconds: int = FAMILY_LIMITS.lifetime_seconds
    header_seconds: int = 10
    body_seconds: int = 10
    send_seconds: int = 10
    request_seconds: int = 30
    keep_alive_seconds: int = 15
    drain_seconds: int = 10
    header_bytes_max: int = 32_768
    connections_max: int = 4096
    connections_per_address_max: int = 1024
    hash_threads: int = 0
    hash_queue_max: int = 256
    argon2_memory_kib: int = PARAMETERS.memory_kib
    argon2_time_cost: int = PARAMETERS.time_cost
    argon2_lanes: int = PARAMETERS.lanes
    pepper_file: str | None = None
    breached_passwords_url: str | None = None
    geo_file: str | None = None
    require_second_factor: bool = False
    register: bool = False
    authorization_pages: bool = True
    device_authorization: bool = True
    admin_pages: bool = True
    admin_proof_seconds: int = ACT_SECONDS
    admin_second_factor: bool = False
    management_api: bool = False
    client_registration: str = "off"
    client_documents: str = "off"
    client_document_hosts: tuple[str, ...] = ()
    client_documents_on_loopback: bool = False
    smtp_host: str | None = None
    smtp_port: int = 0
    smtp_tls: str = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    brand_name: str = "watchword"
    brand_accent: str | None = None
    brand_background: str | None = None
    brand_text: str | None = None
    brand_radius: str | None = None
    brand_font: str | None = None
    brand_logo: str | None = None

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_rotation(self)
        _check_idle(self)
        _check_proxies(self.proxies)
        if self.url is not None:
            _check_url(self.url)
        elif not is_loopback(self.host):
            raise ConfigurationError(
                "url",
                f"is not set, and host {self.host} can be reached from other machines",
                fix="Set it to the https address that people type (WATCHWORD_URL=https://...)",
                origin="default",
            )
        _ = self.relying_party  # refuses what could never work
        if self.mount_path and not _is_mount_path(self.mount_path):
            raise ConfigurationError(
                "mount_path",
                "is not a path of plain segments",
                fix='Write it as "/auth": a slash first, none last',
            )
        try:
            parse_address(self.database)
        except MalformedDatabaseURL as error:
            raise ConfigurationError("database", error.problem, fix=error.fix) from None
        if self.signing_alg not in SIGNING_ALGORITHMS:
            raise ConfigurationError(
                "signing_alg",
                "is not an algorithm that signs access tokens here",
                fix=f"Choose one of {', '.join(SIGNING_ALGORITHMS)}",
            )
        check_clients(self)
        check_mail(self)
        check_passwords(self)
        check_brand(self)

    @property
    def public_url(self) -> str:
        """The address under which the application is reached, without a slash at the end."""
        if self.url is not None:
            return self.url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def issuer(self) -> str:
        """The issuer identifier: one string for `iss`, metadata and every link."""
        return self.public_url + self.mount_path

    @property
    def origin(self) -> str:
        """Scheme, host and port of the issuer, as a browser sends them."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host_name(self) -> str:
        """Host and port of the issuer, by which people know the server."""
        return urlsplit(self.public_url).netloc

    @property
    def is_https(self) -> bool:
        """Whether the public side speaks TLS."""
        return self.public_url.startswith("https://")

    @property
    def least_level(self) -> Level:
        """What every login has to reach."""
        return Level.TWO_FACTORS if self.require_second_factor else Level.ONE_FACTOR

    @property
    def key_path(self) -> Path:
        """The file with the key that seals the signing keys."""
        if self.key_file is not None:
            return Path(self.key_file)
        address = parse_address(self.database)
        if isinstance(address, SQLiteAddress):
            return address.path.with_suffix(".key")
        return Path("watchword.key")

    @property
    def relying_party(self) -> RelyingParty:
        """Whom passkeys are made for."""
        return relying_party(
            self.public_url, domain=self.passkey_domain, origins=self.passkey_origins
        )

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The proxies whose word about addresses is taken."""
        return tuple(map(read_network, self.proxies))

    @property
    def session_limits(self) -> Limits:
        """How long a browser's sign-in lasts."""
        return Limits(self.session_idle_seconds, self.session_lifetime_seconds)

    @property
    def refresh_limits(self) -> Limits:
        """How long a login of the API lasts."""
        return Limits(self.refresh_idle_seconds, self.refresh_lifetime_seconds)

    @property
    def brand(self) -> Brand:
        """What the pages look like."""
        return Brand(
            accent=self.brand_accent,
            background=self.brand_background,
            text=self.brand_text,
            radius=self.brand_radius,
            font=self.brand_font,
            logo=self.brand_logo,
        )

    @property
    def shows_mailbox(self) -> bool:
        """Whether mails are shown on a page of this machine instead of being sent."""
        return self.smtp_host is None and is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def has_mail(self) -> bool:
        """Whether a mail reaches anybody."""
        return self.smtp_host is not None or self.shows_mailbox

    @property
    def rotation(self) -> RotationPolicy:
        """How long a signing key is announced, active and kept."""
        return RotationPolicy(
            active_seconds=self.key_active_seconds,
            announce_seconds=self.key_announce_seconds,
            keep_seconds=self.key_keep_seconds,
        )

    @property
    def threads(self) -> int:
        """How many passwords are hashed at once."""
        return self.hash_threads or usable_cores()


def _check_rotation(settings: Settings) -> None:
    announced, active = settings.key_announce_seconds, settings.key_active_seconds
    if announced > active:
        raise ConfigurationError(
            "key_announce_seconds",
            f"is {announced}, more than key_active_seconds, which is {active}",
            fix="A key is announced while the one before it is active: choose a smaller number",
        )


def _check_numbers(settings: Settings) -> None:
    for key, (least, most) in RANGES.items():
        if not least <= getattr(settings, key) <= most:
            raise ConfigurationError(
                key, f"is outside {least} to {most}", fix="Choose a number inside"
            )


def _check_idle(settings: Settings) -> None:
    """Refuse a limit that another makes pointless (security.md rule 98: an ignored value)."""
    for kind in ("session", "refresh"):
        key = f"{kind}_idle_seconds"
        if getattr(settings, key) > getattr(settings, f"{kind}_lifetime_seconds"):
            raise ConfigurationError(
                key,
                f"is more than {kind}_lifetime_seconds, which ends it first",
                fix="Choose a shorter time, or a longer lifetime",
            )


def _check_proxies(proxies: tuple[str, ...]) -> None:
    for each in proxies:
        try:
            network = read_network(each)
        except ValueError:
            raise ConfigurationError(
                "proxies",
                f"{each!r} is no address and no network",
                fix='Write addresses such as "192.0.2.7", or networks such as "10.0.0.0/8"',
            ) from None
        if network.prefixlen == 0:
            raise ConfigurationError(
                "proxies",
                "lists every address, so that anybody may say where they come from",
                fix="Name the proxies alone",
            )


def _check_url(url: str) -> None:
    """Refuse what cannot be an issuer identifier (RFC 8414 section 2)."""
    host = _plain_host(url)
    if host is None:
        raise ConfigurationError(
            "url",
            "is not an absolute http or https URL without user, query and fragment",
            fix='Write it as "https://id.example.com"',
        )
    if url.endswith("/"):
        raise ConfigurationError(
            "url",
            "ends with a slash",
            fix="Leave the slash away: the string is compared whole everywhere",
        )
    if url.startswith("http:") and not is_loopback(host):
        raise ConfigurationError(
            "url",
            "is http off loopback: passwords and tokens would travel in clear text",
            fix="Use https, with a certificate on the server or on the proxy before it",
        )


def _plain_host(url: str) -> str | None:
    """Return the host of a URL that has a scheme, a host, and beside them at most port and path."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    rebuilt = f"{parts.scheme}://{parts.netloc}{parts.path}"
    is_plain = rebuilt == url and is_uri_text(url) and "@" not in parts.netloc
    return host if is_plain and parts.scheme in {"http", "https"} else None


def _is_mount_path(path: str) -> bool:
    segments = path.split("/")
    return segments[0] == "" and all(
        segment.replace("-", "").replace("_", "").isalnum() and segment.isascii()
        for segment in segments[1:]
    )
