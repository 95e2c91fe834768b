"""What the server will and will not start with."""

import pytest

from watchword.server.cores import _quota_cores, usable_cores
from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings, is_loopback


def test_no_setting_at_all_serves_this_machine():
    """users.md U26."""
    settings = Settings()
    assert settings.issuer == "http://127.0.0.1:8000"
    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.key_path.name == "watchword.key"
    assert settings.threads == usable_cores() >= 1
    assert not settings.is_https


def test_issuer_is_the_url_and_the_mount_path():
    settings = Settings(url="https://id.example.com", mount_path="/auth")
    assert settings.issuer == "https://id.example.com/auth"
    assert settings.origin == "https://id.example.com"
    assert settings.is_https


def test_unset_url_follows_host_and_port():
    assert Settings(host="::1", port=9000).issuer == "http://[::1]:9000"


@pytest.mark.requirement("server:97:url-off-loopback")
def test_host_off_loopback_needs_a_url():
    """users.md U26."""
    with pytest.raises(
        ConfigurationError, match=r"url \(default\): is not set, and host 0\.0\.0\.0"
    ):
        Settings(host="0.0.0.0")


@pytest.mark.requirement("server:105:http-off-loopback")
@pytest.mark.parametrize("url", ["http://id.example.com", "http://10.0.0.1:8000"])
def test_http_off_loopback_is_refused(url):
    """users.md U26; ASVS V12.2.1."""
    with pytest.raises(ConfigurationError, match="http off loopback"):
        Settings(url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.com/",
        "https://id.example.com/a/",
    ],
)
def test_url_with_a_slash_at_its_end_is_refused(url):
    """oauth.md M-1: the string is compared whole."""
    with pytest.raises(ConfigurationError, match="ends with a slash"):
        Settings(url=url)


@pytest.mark.parametrize(
    "url",
    [
        "id.example.com",
        "ftp://id.example.com",
        "https://",
        "https://user@id.example.com",
        "https://id.example.com?",
        "https://id.example.com?a=b",
        "https://id.example.com#",
        "https://id.example.com:port",
        "https://[::1",
        "HTTPS://id.example.com",
        "https://münchen.example",
        "https://id.example.com/a b",
        " https://id.example.com",
        "",
    ],
)
def test_what_is_no_issuer_identifier_is_refused(url):
    """RFC 8414 section 2."""
    with pytest.raises(ConfigurationError, match="is not an absolute http or https URL"):
        Settings(url=url)


@pytest.mark.parametrize("path", ["auth", "/", "/auth/", "/a//b", "/a b", "/ä", "/a?b"])
def test_mount_path_is_plain_segments(path):
    with pytest.raises(ConfigurationError, match="mount_path"):
        Settings(mount_path=path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("database", "mysql://host/name"),
        ("signing_alg", "HS256"),
        ("port", 65_536),
        ("access_lifetime_seconds", 86_400),
        ("body_seconds", 0),
        ("connections_max", 0),
        ("proxies", ("proxy.example.com",)),
        ("proxies", ("10.0.0.1/8",)),
        ("proxies", ("0.0.0.0/0",)),
        ("proxies", ("::/0",)),
        ("session_idle_seconds", 31 * 86_400),
        ("session_lifetime_seconds", 30),
        ("refresh_idle_seconds", 366 * 86_400),
        ("refresh_lifetime_seconds", 366 * 86_400),
    ],
)
def test_bad_value_names_its_key(key, value):
    """security.md rule 98."""
    with pytest.raises(ConfigurationError) as refused:
        Settings(**{key: value})
    assert refused.value.key == key
    assert refused.value.fix


def test_key_file_stands_beside_the_database():
    assert (
        str(Settings(database="sqlite:////var/lib/app/app.db").key_path) == "/var/lib/app/app.key"
    )
    assert str(Settings(database="postgresql://host/name").key_path) == "watchword.key"
    assert str(Settings(key_file="/etc/watchword.key").key_path) == "/etc/watchword.key"


def test_repr_shows_no_database_password():
    assert "hunter2" not in repr(Settings(database="postgresql://u:hunter2@h/n"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("app.localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
    ],
)
def test_loopback(host, loopback):
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000", 4), ("200000 100000", 2), ("50000 100000", 0), ("nonsense", 4), (None, 4)],
)
def test_container_quota_bounds_the_cores(tmp_path, text, cores):
    """security.md section 3.3: affinity and quota, not the host's count."""
    quota = tmp_path / "cpu.max"
    if text is not None:
        quota.write_text(text)
    assert _quota_cores(quota, 4) == cores
