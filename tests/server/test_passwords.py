"""Settings of password hashes, peppers, and a start that could not check what is stored."""

import asyncio

import pytest

from watchword.accounts.passwords.hashing import PARAMETERS, Argon2Parameters, is_enough
from watchword.accounts.passwords.stored_hash import make_decoy, pepper_id
from watchword.server import passwords
from watchword.server.errors import ConfigurationError
from watchword.server.passwords import open_passwords, read_peppers
from watchword.server.settings import Settings

LINE, OTHER = "A" * 43, "B" * 42 + "A"


class Stored:
    def __init__(self, *labels):
        self.labels = labels

    async def hash_histogram(self):
        return tuple((label, 1) for label in self.labels)


@pytest.mark.requirement("security:33:never-below-owasp")
@pytest.mark.parametrize(
    ("time_cost", "memory_kib"), [(1, 46 * 1024 - 1), (2, 19 * 1024 - 1), (5, 7 * 1024 - 1)]
)
def test_cost_below_owasp_stops_the_start(time_cost, memory_kib):
    """security.md rule 33."""
    with pytest.raises(ConfigurationError, match="less than OWASP asks for"):
        Settings(argon2_time_cost=time_cost, argon2_memory_kib=memory_kib)
    Settings(argon2_time_cost=time_cost, argon2_memory_kib=memory_kib + 1)
    assert not is_enough(Argon2Parameters(time_cost, memory_kib, 1))
    assert is_enough(PARAMETERS)


def test_cost_above_what_is_stored_stops_the_start():
    with pytest.raises(ConfigurationError, match="costs more"):
        Settings(argon2_time_cost=16, argon2_memory_kib=1_048_576)


@pytest.mark.parametrize(
    "url", ["http://x.example/range/", "https://x.example/range", "https:///", "x", "https://[x/"]
)
def test_address_of_the_service_for_stolen_passwords_is_https_and_ends_with_a_slash(url):
    with pytest.raises(ConfigurationError, match="breached_passwords_url"):
        Settings(breached_passwords_url=url)


def peppered(tmp_path, text, mode=0o600):
    path = tmp_path / "peppers"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_first_line_is_the_pepper_of_hashes_to_be_made(tmp_path):
    path = peppered(tmp_path, f"{LINE}\n{OTHER}\n")
    settings = Settings(pepper_file=path, breached_passwords_url="https://breaches.example/range/")
    opened = asyncio.run(open_passwords(settings, Stored()))
    assert opened.parameters.key_id == pepper_id(bytes(32))
    assert len(opened.peppers) == 2
    assert opened.breaches is not None
    assert "peppers" not in repr(opened)


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        (LINE, 0o644, "can be read by other users"),
        ("", 0o600, "lines of 43"),
        (LINE[:-1], 0o600, "lines of 43"),
        (f"{LINE}\nshort", 0o600, "lines of 43"),
        ("A" * 40, 0o600, "lines of 43"),
        ("pfeffer\u00e4", 0o600, "holds no peppers"),
    ],
)
def test_odd_file_of_peppers_stops_the_start(tmp_path, text, mode, problem):
    with pytest.raises(ConfigurationError, match=problem) as refused:
        read_peppers(peppered(tmp_path, text, mode))
    assert "AAAA" not in str(refused.value)


def test_missing_file_of_peppers_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_peppers(str(tmp_path / "nowhere"))
    assert read_peppers(None) == {}


def test_missing_pepper_of_a_stored_hash_stops_the_start(tmp_path):
    """Everybody who has such a hash would be told that their password is wrong."""
    label = f"{PARAMETERS.label},keyid={pepper_id(bytes(32))}"
    with pytest.raises(ConfigurationError, match="lacks a pepper"):
        asyncio.run(open_passwords(Settings(), Stored(label)))
    path = peppered(tmp_path, LINE)
    asyncio.run(open_passwords(Settings(pepper_file=path), Stored(label, PARAMETERS.label)))
    assert make_decoy(label, b"seed").startswith(f"${label}$")


def test_missing_library_of_a_stored_hash_stops_the_start(monkeypatch):
    monkeypatch.setattr(passwords, "is_installed", lambda: False)
    with pytest.raises(ConfigurationError, match="bcrypt"):
        asyncio.run(open_passwords(Settings(), Stored("bcrypt-hex-sha256$r=12")))
    asyncio.run(open_passwords(Settings(), Stored(PARAMETERS.label)))


def test_list_of_common_passwords_is_read_at_the_start_where_imported_ones_are_stored(monkeypatch):
    """Reading it takes 30 ms, which nobody who signs in should wait for."""
    read = []
    monkeypatch.setattr(passwords, "is_common", read.append)
    asyncio.run(open_passwords(Settings(), Stored(PARAMETERS.label)))
    assert read == []
    asyncio.run(open_passwords(Settings(), Stored("salted-sha1$i=1", PARAMETERS.label)))
    assert read == [""]
