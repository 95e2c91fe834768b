"""`watchword token decrypt`: keys and passwords from files or the terminal."""

import json
import sys

import pytest
from tests.cli.token.test_keygen import Terminal

from watchword import jwe
from watchword.cli import main
from watchword.jose.jwk.key import Key

CONTENT = "hällo".encode()


@pytest.fixture
def files(tmp_path):
    key = jwe.Key.generate("RSA-OAEP-256", kid="k1")
    (tmp_path / "key.jwk").write_text(json.dumps(key.to_jwk(private=True)))
    (tmp_path / "key.pem").write_text(key.to_pem(private=True, unprotected=True))
    (tmp_path / "key.der").write_bytes(key.to_der(private=True, unprotected=True))
    (tmp_path / "locked.pem").write_text(key.to_pem(private=True, password="sesame"))
    (tmp_path / "pub.pem").write_text(key.public().to_pem())
    signing = Key.generate("ES256", kid="sig")
    keys = {"keys": [signing.to_jwk(private=True), key.to_jwk(private=True)]}
    (tmp_path / "jwks.json").write_text(json.dumps(keys))
    (tmp_path / "sig.jwk").write_text(json.dumps(signing.to_jwk(private=True)))
    (tmp_path / "password").write_text("sesame\n")
    (tmp_path / "secret").write_bytes(b"s" * 32)
    dir_key = jwe.Secret(b"d" * 32, alg="dir", enc="A256GCM")
    (tmp_path / "dir.jwk").write_text(json.dumps(dir_key.to_jwk(private=True)))
    (tmp_path / "jwe").write_text(jwe.encrypt(CONTENT, key.public(), enc="A256GCM"))
    return tmp_path


def decrypt(command, files, *words, text=None):
    token = (files / "jwe").read_text() if text is None else text
    return command("token", "decrypt", "-", *words, stdin=token)


@pytest.mark.parametrize(
    "words",
    [
        ("--key-file", "key.jwk"),
        ("--key-file", "key.jwk", "--enc", "A256GCM"),
        ("--key-file", "key.pem", "--alg", "RSA-OAEP-256"),
        ("--key-file", "key.der", "--alg", "RSA-OAEP-256"),
        ("--key-file", "locked.pem", "--alg", "RSA-OAEP-256", "--password-file", "password"),
        ("--jwks", "jwks.json"),
    ],
)
def test_a_key_from_a_file_opens_the_token(command, files, words):
    done = decrypt(command, files, *words)
    assert (done.code, done.out) == (0, CONTENT.decode())


def test_the_password_of_a_key_is_asked_for_where_a_person_sits(command, files, monkeypatch):
    token = (files / "jwe").read_text()
    terminal = Terminal(monkeypatch, "sesame")
    words = ("--key-file", "locked.pem", "--alg", "RSA-OAEP-256")
    assert command("token", "decrypt", token, *words).out == CONTENT.decode()
    assert terminal.questions == ["Password of the key: "]


@pytest.mark.requirement("users:U63:secrets-from-files")
def test_a_password_opens_a_token(command, files, monkeypatch):
    text = jwe.encrypt(CONTENT, jwe.Password("sesame", iterations=1000), enc="A128GCM")
    assert decrypt(command, files, "--password-file", "password", text=text).code == 0
    terminal = Terminal(monkeypatch, "sesame")
    assert command("token", "decrypt", text).out == CONTENT.decode()
    assert terminal.questions == ["Password of the token: "]
    done = command("token", "decrypt", text, "--password", "sesame")
    assert (done.code, "--password" in done.err) == (2, True)


def test_shared_secrets_open_what_they_are_for(command, files):
    wrapped = jwe.encrypt(CONTENT, jwe.Secret(b"s" * 32, alg="A256KW"), enc="A128GCM")
    words = ("--secret-file", "secret", "--alg", "A256KW")
    assert decrypt(command, files, *words, text=wrapped).code == 0
    own = jwe.Secret(b"s" * 32, alg="dir", enc="A256GCM")
    direct = jwe.encrypt(CONTENT, own, enc="A256GCM")
    words = ("--secret-file", "secret", "--alg", "dir", "--enc", "A256GCM")
    assert decrypt(command, files, *words, text=direct).code == 0
    by_jwk = jwe.Secret(b"d" * 32, alg="dir", enc="A256GCM")
    text = jwe.encrypt(CONTENT, by_jwk, enc="A256GCM")
    words = ("--key-file", "dir.jwk", "--enc", "A256GCM")
    assert decrypt(command, files, *words, text=text).code == 0


def test_the_json_form_is_read_too(command, files):
    key = jwe.Key.from_jwk((files / "key.jwk").read_text())
    document = jwe.encrypt_json(CONTENT, [key.public()], enc="A256GCM")
    assert decrypt(command, files, "--key-file", "key.jwk", text=document).code == 0


def test_compressed_contents_are_read_when_they_are_asked_for(command, files):
    key = jwe.Key.from_jwk((files / "key.jwk").read_text())
    text = jwe.encrypt(CONTENT, key.public(), enc="A256GCM", unsafe_zip="DEF")
    assert decrypt(command, files, "--key-file", "key.jwk", text=text).code == 1
    assert decrypt(command, files, "--key-file", "key.jwk", "--zip", text=text).code == 0


def test_bytes_go_to_a_pipe_as_they_are(files, capsysbinary):
    key = jwe.Key.from_jwk((files / "key.jwk").read_text())
    text = jwe.encrypt(b"\xff\0", key.public(), enc="A256GCM")
    assert main(["token", "decrypt", text, "--key-file", str(files / "key.jwk")]) == 0
    assert capsysbinary.readouterr().out == b"\xff\0"


def test_json_holds_header_and_content(command, files):
    done = decrypt(command, files, "--key-file", "key.jwk", "--json")
    assert done.json["header"]["alg"] == "RSA-OAEP-256"
    assert done.json["content"] == CONTENT.decode()
    key = jwe.Key.from_jwk((files / "key.jwk").read_text())
    text = jwe.encrypt(b"\xff", key.public(), enc="A256GCM")
    done = decrypt(command, files, "--key-file", "key.jwk", "--json", text=text)
    assert (done.json["content"], done.json["content_b64u"]) == (None, "_w")


@pytest.mark.parametrize(
    ("content", "code", "out", "err"),
    [
        (b"a\x1b[2Jb", 0, "a\\x1b[2Jb\n", ""),
        (b"a.b.c", 0, "a.b.c\n", "token verify"),
        (b"\xff", 1, "", "Send standard output to a file"),
    ],
)
def test_on_a_terminal_the_content_is_harmless(on_screen, content, code, out, err):
    done = on_screen(content)
    assert (done.code, done.out) == (code, out)
    assert err in done.err


@pytest.fixture
def on_screen(command, files, monkeypatch):
    key = jwe.Key.from_jwk((files / "key.jwk").read_text())
    monkeypatch.setattr("watchword.cli.token.decrypt.sys", Screen())

    def run(content: bytes):
        text = jwe.encrypt(content, key.public(), enc="A256GCM")
        return decrypt(command, files, "--key-file", "key.jwk", text=text)

    return run


class Screen:
    """`sys`, whose standard output is a terminal."""

    @property
    def stderr(self):
        return sys.stderr

    @property
    def stdout(self):
        return self

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 2, "--password-file FILE"),
        (("--key-file", "key.pem"), 2, "Add --alg"),
        (("--key-file", "key.pem", "--alg", "none"), 2, "does not exist here"),
        (("--secret-file", "secret"), 2, "A256KW"),
        (("--secret-file", "secret", "--alg", "A128KW"), 3, "16"),
        (("--secret-file", "secret", "--alg", "dir"), 3, "enc"),
        (("--key-file", "sig.jwk"), 3, "do not decrypt"),
        (("--key-file", "pub.pem", "--alg", "RSA-OAEP-256"), 3, "key"),
        (("--key-file", "locked.pem", "--alg", "RSA-OAEP-256"), 3, "password"),
        (("--key-file", "key.jwk", "--enc", "A999"), 2, "A256GCM"),
        (("--key-file", "key.jwk", "--enc", "A128GCM"), 1, "algorithm_refused"),
        (("--key-file", "other.jwk"), 1, "unknown_key"),
        (("--password-file", "password"), 1, "algorithm_refused"),
    ],
)
def test_a_refusal_names_its_cause(command, files, words, code, text):
    other = jwe.Key.generate("RSA-OAEP-256", kid="other").to_jwk(private=True)
    (files / "other.jwk").write_text(json.dumps(other))
    done = decrypt(command, files, *words)
    assert done.code == code
    assert text in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.b.c.d.e", "{}", "é.é.é.é.é"])
def test_what_is_no_encrypted_token_is_refused(command, files, text):
    done = decrypt(command, files, "--key-file", "key.jwk", text=text)
    assert (done.code, done.err.startswith("token_")) == (1, True)
