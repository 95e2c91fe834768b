"""URLs of databases. Source: users.md U65; security.md rules 98 and 99."""

import contextlib
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.base.database_url import (
    MalformedDatabaseURL,
    PostgreSQLAddress,
    SQLiteAddress,
    parse_address,
)


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


@pytest.mark.requirement("users:U65:masked-database")
@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("sqlite:///watchword.db", "sqlite:///watchword.db"),
        ("postgresql://ann:hush@h:1/n", "postgresql://ann:***@h:1/n"),
        ("postgresql://ann@h/n?sslmode=require", "postgresql://ann@h/n?sslmode=require"),
        ("postgresql:///n?host=/run&password=hush", "postgresql:///n?host=/run&password=***"),
        ("postgresql://h/n?sslpassword=hush&x=hush", "postgresql://h/n?sslpassword=***&x=***"),
        ("postgresql://ann:hush@[::1]:1,h:2/n", "postgresql://ann:***@[::1]:1,h:2/n"),
        ("postgresql://ann:@h", "postgresql://ann:***@h"),
    ],
)
def test_masked_url_shows_all_but_what_may_be_secret(url: str, masked: str) -> None:
    assert parse_address(url).masked == masked


FORMS = (
    "sqlite://store.db",
    "sqlite:///",
    "sqlite:///:memory:",
    "sqlite:///store.db?mode=ro",
    "sqlite:///hush%00.db",
    "sqlite:////",
    "sqlite:///..",
    "",
    "postgresql:hush",
    "mysql://hush@host/name",
    "/var/lib/hush.db",
    "sqlite:///hush\n.db",
)
POSTGRESQL = (
    "postgresql://u:hush@h:notaport/db",
    "postgresql://u:hush@h:99999/db",
    "postgresql://u:hush@h:0/db",
    "postgresql://u:hush@[::1/db",
    "postgresql://u:hush@h,h:x/db",
    "postgresql://u:hu/sh@h/db",
    "postgresql://u:hu#sh@h/db",
    "postgresql://u:hu?sh@h/db",
    "postgresql://u:hu@sh@h/db",
    "postgresql://h h/db",
    "postgresql://h/db?hush",
    "postgresql://h/db?password=hush&password=hush",
    "postgresql://h/db?port=hush",
    "postgresql://h/db?port=1,99999",
)


@pytest.mark.requirement("users:U65:malformed-database")
@pytest.mark.parametrize("url", [*FORMS, *POSTGRESQL])
def test_other_urls_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(MalformedDatabaseURL) as refused:
        parse_address(url)
    assert refused.value.problem
    assert refused.value.fix
    assert not any(part in str(refused.value) for part in ("hush", "hu@", "sh@", "sh'"))


@given(st.text(max_size=40) | st.text("sqltepogr:/@?#%=,&[]0123456789 .", max_size=60))
def test_any_text_is_an_address_or_malformed(text: str) -> None:
    for url in (text, f"sqlite:///{text}", f"postgresql://{text}", f"postgresql://h/{text}"):
        with contextlib.suppress(MalformedDatabaseURL):
            assert parse_address(url).masked


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12))
def test_password_is_never_shown(password: str) -> None:
    for url in (
        f"postgresql://ann:{quote(password, safe='')}@h/n",
        f"postgresql://h/n?password={quote(password, safe='')}",
    ):
        address = parse_address(url)
        assert password not in f"{address} {address!r} {address.masked}"
