"""Where settings come from, and what is said of a wrong one."""

import pytest

from watchword.server.errors import ConfigurationError
from watchword.server.settings import Settings
from watchword.server.settings_sources import load_settings, shown


@pytest.fixture
def in_empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_code_wins_over_variables_over_file_over_defaults(in_empty_directory):
    (in_empty_directory / "watchword.toml").write_text(
        'host = "127.0.0.2"\n\nport = 9001\naccess_lifetime_seconds = "10m"\n'
    )
    loaded = load_settings(
        environ={"WATCHWORD_PORT": "9002", "WATCHWORD_HOST": "127.0.0.3"},
        given={"host": "127.0.0.4"},
    )
    assert loaded.settings == Settings(host="127.0.0.4", port=9002, access_lifetime_seconds=600)
    assert loaded.origins["host"] == "given in code"
    assert loaded.origins["port"] == "variable WATCHWORD_PORT"
    assert loaded.origins["access_lifetime_seconds"] == "watchword.toml line 4"
    assert loaded.origins["database"] == "default"


def test_process_environment_is_the_default(in_empty_directory, monkeypatch):
    monkeypatch.setenv("WATCHWORD_PORT", "9003")
    monkeypatch.setenv("WATCHWORD_VECTORS", "/somewhere")
    assert load_settings().settings.port == 9003


@pytest.mark.requirement("server:98:unknown-key")
def test_unknown_variable_names_the_nearest_key(in_empty_directory):
    """security.md rule 98; users.md U65."""
    with pytest.raises(ConfigurationError) as refused:
        load_settings(environ={"WATCHWORD_DATABSE": "sqlite:///x.db"})
    assert str(refused.value) == (
        "WATCHWORD_DATABSE (variable WATCHWORD_DATABSE): is not a setting. "
        "Did you mean database? Otherwise remove it; `watchword config` lists them."
    )


def test_unknown_key_in_the_file_names_file_and_line(in_empty_directory):
    (in_empty_directory / "watchword.toml").write_text("# comment\n[zzz]\nport = 1\n")
    with pytest.raises(
        ConfigurationError, match=r"zzz \(watchword.toml line 2\): is not a setting"
    ):
        load_settings(environ={})


def test_bad_value_names_where_it_came_from(in_empty_directory):
    with pytest.raises(ConfigurationError, match=r"port \(variable WATCHWORD_PORT\): is outside"):
        load_settings(environ={"WATCHWORD_PORT": "70000"})
    with pytest.raises(
        ConfigurationError, match=r"port \(variable WATCHWORD_PORT\): is not a whole"
    ):
        load_settings(environ={"WATCHWORD_PORT": "http"})


@pytest.mark.parametrize(
    "line",
    [
        'port = "http"',
        "port = true",
        "port = 1.5",
        "host = 1",
        'host = ""',
        "body_seconds = 1.5",
        'body_seconds = "soon"',
        "body_seconds = true",
    ],
)
def test_value_of_another_type_is_refused(in_empty_directory, line):
    (in_empty_directory / "watchword.toml").write_text(line)
    with pytest.raises(ConfigurationError, match=r"watchword\.toml line 1"):
        load_settings(environ={})


def test_named_file_must_exist_and_be_toml(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_settings(tmp_path / "absent.toml", environ={})
    bad = tmp_path / "bad.toml"
    bad.write_text("port 1")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_settings(bad, environ={})
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_settings(bad, environ={})
    bad.write_bytes(b"#" * 70_000)
    with pytest.raises(ConfigurationError, match="is larger than"):
        load_settings(bad, environ={})


def test_database_may_come_from_a_secret_file(tmp_path):
    """users.md U65: any secret may come from NAME_FILE."""
    secret = tmp_path / "database"
    secret.write_text("postgresql://u:pw@h/n\n")
    loaded = load_settings(environ={"WATCHWORD_DATABASE_FILE": str(secret)})
    assert loaded.settings.database == "postgresql://u:pw@h/n"
    with pytest.raises(ConfigurationError, match="database"):
        load_settings(environ={"WATCHWORD_DATABASE_FILE": str(tmp_path / "absent")})


def test_shown_settings_hold_no_password():
    values = shown(Settings(database="postgresql://u:hunter2@h/n"))
    assert values["database"] == "postgresql://u:***@h/n"
    values = shown(Settings(database="postgresql:///n?host=h&password=hunter2"))
    assert values["database"] == "postgresql:///n?host=h&password=***"
    assert values["url"] == "http://127.0.0.1:8000"
    assert shown(Settings())["database"] == "sqlite:///watchword.db"


def test_mount_path_of_code_beats_the_variable(in_empty_directory):
    environ = {"WATCHWORD_MOUNT_PATH": "/id"}
    assert load_settings(environ=environ).settings.issuer == "http://127.0.0.1:8000/id"
    given = load_settings(environ=environ, given={"mount_path": "/auth"})
    assert given.settings.mount_path == "/auth"


def test_resources_are_tables_of_scopes(in_empty_directory):
    text = '[resources."https://api.example"]\n"notes:read" = "Read your notes"\n'
    (in_empty_directory / "watchword.toml").write_text(text)
    settings = load_settings(environ={}).settings
    assert settings.resources == {"https://api.example": {"notes:read": "Read your notes"}}


@pytest.mark.parametrize(
    "text", ["resources = 1", '[resources]\napi = "x"', "[resources.api]\nr = 1"]
)
def test_resources_of_another_shape_are_refused_with_the_line_to_write(in_empty_directory, text):
    (in_empty_directory / "watchword.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"resources .*line 1"):
        load_settings(environ={})


def test_number_written_as_text_is_a_duration_in_seconds():
    assert load_settings(environ={"WATCHWORD_BODY_SECONDS": "7"}).settings.body_seconds == 7


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ('proxies = ["10.0.0.0/8", "192.0.2.7"]\n', {}),
        ("", {"WATCHWORD_PROXIES": "10.0.0.0/8, 192.0.2.7,"}),
    ],
)
def test_proxies_are_a_list_or_separated_by_commas(in_empty_directory, text, environ):
    (in_empty_directory / "watchword.toml").write_text(text)
    settings = load_settings(environ=environ).settings
    assert settings.proxies == ("10.0.0.0/8", "192.0.2.7")
    assert shown(settings)["proxies"] == "10.0.0.0/8, 192.0.2.7"


@pytest.mark.parametrize("line", ["proxies = 10", "proxies = [10]"])
def test_proxies_of_another_shape_are_refused(in_empty_directory, line):
    (in_empty_directory / "watchword.toml").write_text(line)
    with pytest.raises(ConfigurationError, match=r"proxies .*line 1.*list of texts"):
        load_settings(environ={})


def test_every_list_is_read_from_a_variable(in_empty_directory):
    environ = {
        "WATCHWORD_PROXIES": "10.0.0.1, 10.0.0.2",
        "WATCHWORD_CLIENT_DOCUMENTS": "listed",
        "WATCHWORD_CLIENT_DOCUMENT_HOSTS": "claude.ai,app.example",
    }
    settings = load_settings(environ=environ).settings
    assert settings.proxies == ("10.0.0.1", "10.0.0.2")
    assert settings.client_document_hosts == ("claude.ai", "app.example")
