"""URLs of stores."""

from pathlib import Path

import pytest

from watchword.stores.address import PostgreSQLAddress, SQLiteAddress, parse_address


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///relative.db", "relative.db"),
        ("sqlite:////var/lib/store.db", "/var/lib/store.db"),
        ("sqlite:///with%20space.db", "with space.db"),
    ],
)
def test_sqlite_url_names_a_file(url: str, path: str) -> None:
    assert parse_address(url) == SQLiteAddress(Path(path))
    assert str(parse_address(url)) == f"sqlite:///{path}"


def test_postgresql_url_is_shown_without_its_password() -> None:
    """Source: security.md rule 99."""
    url = "postgres://ann:hush@db.example:5432/watchword?sslmode=require"
    address = parse_address(url)
    assert isinstance(address, PostgreSQLAddress)
    assert address.dsn == url
    assert str(address) == "postgresql://db.example:5432/watchword"
    assert "hush" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://store.db",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///store.db?mode=ro",
        "postgresql:watchword",
        "mysql://hush@host/name",
        "/var/lib/store.db",
    ],
)
def test_other_urls_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="a database is sqlite:///") as refused:
        parse_address(url)
    assert "hush" not in str(refused.value)
