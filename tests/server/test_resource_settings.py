"""What settings say of APIs: oauth.md T-2 and T-5; security.md rules 98 and 105."""

import asyncio

import pytest

from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import Resource, TokenFormat
from watchword.server.app import AuthServer
from watchword.server.errors import ConfigurationError
from watchword.server.resource_settings import completed
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings

API = "https://api.example"
SECRET = "a" * 32
NOTES = Resource(API, (("notes:read", "Read notes"),), is_default=True)


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "notes.secret"

    def write(text=f"{SECRET}\n", mode=0o600):
        path.write_bytes(text.encode())
        path.chmod(mode)
        return str(path)

    return write


def said(**members):
    return completed([NOTES], Settings(**members))[0]


@pytest.mark.requirement("oauth:T-2:by-settings")
def test_server_without_code_of_its_own_is_told_all_of_its_apis(tmp_path, secret_file):
    file = tmp_path / "watchword.toml"
    file.write_text(
        f'''
        database = "sqlite:///{tmp_path}/watchword.db"
        opaque_resources = ["{API}"]

        [resources."{API}"]
        "notes:read" = "Read notes"

        [resource_secret_files]
        "{API}" = "{secret_file()}"
        '''
    )
    auth = AuthServer(load_settings(file, environ={}).settings)

    async def kept():
        await auth.startup()
        try:
            return await auth.runtime.store.list_resources()
        finally:
            await auth.shutdown()

    (api,) = asyncio.run(kept())
    assert (api.identifier, api.token_format) == (API, TokenFormat.OPAQUE)
    assert api.secret_hash == digest(Secret(SECRET))


def test_what_is_left_out_is_as_code_says(secret_file):
    assert completed([NOTES], Settings()) == (NOTES,)
    own = Resource(API, (), is_default=True, secret_hash=b"h" * 32)
    (kept,) = completed([own], Settings(resource_secret_files={API: secret_file()}))
    assert kept.secret_hash == own.secret_hash
    assert said(opaque_resources=(API,)).token_format is TokenFormat.OPAQUE


@pytest.mark.parametrize("key", ["opaque_resources", "resource_secret_files"])
def test_api_that_nobody_declares_is_named(key):
    """security.md rule 98: an ignored value."""
    value = ("files",) if key == "opaque_resources" else {"files": "/nowhere"}
    with pytest.raises(ConfigurationError, match=f"{key} .*files"):
        said(**{key: value})


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        (SECRET, 0o644, "can be read by other users"),
        ("a" * 31, 0o600, "32 characters"),
        ("a" * 257, 0o600, "32 characters"),
        (f"{SECRET} {SECRET}", 0o600, "without a space"),
        (f"{SECRET}\n{SECRET}", 0o600, "one line"),
        ("ä" * 32, 0o600, "not ASCII"),
    ],
)
def test_file_without_a_good_secret_stops_the_start(secret_file, text, mode, problem):
    with pytest.raises(ConfigurationError, match=problem) as refused:
        said(resource_secret_files={API: secret_file(text, mode)})
    assert SECRET not in str(refused.value)


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        said(resource_secret_files={API: str(tmp_path / "none")})


@pytest.mark.parametrize("text", ["resource_secret_files = 1", "[resource_secret_files]\nx = 1"])
def test_table_of_another_shape_is_refused(tmp_path, text):
    file = tmp_path / "watchword.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"is not a table of lines"):
        load_settings(file, environ={})
