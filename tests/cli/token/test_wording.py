"""What the command line says: options, and never a call that only Python has."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.token.test_keygen import Terminal

import watchword.jose
from watchword import jwt
from watchword.cli.token.wording import in_options
from watchword.jose import other_form

PYTHON = re.compile(r"\b[A-Z]\w*\.[a-z]\w*|\bjw[st]\.\w|\bjwe\.\w|\b[a-z_]+=|\w\(\.\.\.\)|from_\*")
# What no command can do: what is given wrongly there, no option gives.
NOT_REACHED = (
    "aad=", "algorithms=", "b64=", "cache=", "claims=", "decryption takes",
    "denylist=", "encryption takes", "expect=", "iterations=", "leeway=", "made of a list",
    "max_age=", "methods=", "need=", "pickled", "require=", "several keys", "signer=",
    "text is never a key", "the method is", "unprotected=", "unsafe_zip=", "weak_keys=",
)  # fmt: skip


def hints() -> Iterator[str]:
    """Yield the text of every refusal that reading keys and judging tokens can raise."""
    [home] = watchword.jose.__path__
    for room in ("jwk", "jwe", "jws", "jwt"):
        for path in sorted((Path(home) / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    yield from (text(each) for each in node.exc.args[:1])


def text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
        )
    return str(node.value) if isinstance(node, ast.Constant) else ""


@pytest.mark.parametrize("hint", sorted({hint for hint in hints() if PYTHON.search(hint)}))
def test_no_python_is_left_of_a_hint(hint):
    assert not PYTHON.search(in_options(hint)) or any(part in hint for part in NOT_REACHED)


@pytest.fixture
def files(tmp_path) -> None:
    key = jwt.Key.generate("ES256")
    (tmp_path / "key.pem").write_text(key.to_pem(private=True, unprotected=True))
    (tmp_path / "enc.pem").write_text(key.to_pem(private=True, password="sesame"))
    (tmp_path / "enc.der").write_bytes(key.to_der(private=True, password="sesame"))
    (tmp_path / "key.jwk").write_text(json.dumps(key.to_jwk()))
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key.to_jwk()]}))
    secret = jwt.Secret.generate("HS256")
    (tmp_path / "secret.jwk").write_text(json.dumps(secret.to_jwk(private=True)))
    (tmp_path / "short").write_text("short")


SIGN = ("sign", "--lifetime", "1m", "--alg")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*SIGN, "HS256", "--secret-file", "secret.jwk"), "name it with --key-file FILE"),
        ((*SIGN, "HS256", "--secret-file", "key.pem"), "name it with --key-file FILE"),
        ((*SIGN, "ES256", "--secret-file", "short"), "name it with --key-file FILE"),
        ((*SIGN, "HS256", "--key-file", "key.pem"), "name it with --secret-file FILE"),
        ((*SIGN, "HS256", "--secret-file", "short"), "`watchword token keygen --alg HS256"),
        ((*SIGN, "ES256", "--key-file", "enc.pem"), "Add --password-file FILE."),
        ((*SIGN, "ES256", "--key-file", "enc.der"), "Add --password-file FILE."),
        ((*SIGN, "ES256", "--key-file", "key.pem", "--password-file", "short"),
         "leave --password-file out"),
        ((*SIGN, "ES256", "--key-file", "key.pem", "--claim", "sub:=5"), "write NAME=TEXT"),
        ((*SIGN, "es256", "--key-file", "key.pem"), "Did you mean ES256? All names: HS256,"),
        ((*SIGN, "hs-256", "--secret-file", "short"), "Did you mean HS256? All names: HS256,"),
        ((*SIGN, "?", "--key-file", "key.pem"), "Name one of HS256,"),
        (("verify", "x", "--jwks", "key.jwk", "--issuer", "any", "--audience", "any"),
         "name it with --key-file FILE"),
        (("jwks", "enc.pem", "--alg", "ES256"), "Add --password-file FILE."),
    ],
)  # fmt: skip
def test_a_refusal_names_the_option(command, words, says):
    done = command("token", *words)
    assert done.code in (2, 3)
    assert says in done.err
    assert not PYTHON.search(done.err)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", ["enc.pem", "enc.der"])
@pytest.mark.parametrize("words", [("sign", "--lifetime", "1m", "--key-file"), ("jwks",)])
def test_the_password_of_a_key_is_asked_for_where_a_person_sits(command, monkeypatch, words, name):
    """users.md U63: from the terminal, as keygen and decrypt ask for it."""
    terminal = Terminal(monkeypatch, "sesame")
    assert command("token", *words, name, "--alg", "ES256").code == 0
    assert terminal.questions == ["Password of the key: "]


@pytest.mark.parametrize("text", ["a.b.c.d.e", '{"ciphertext": ""}', '{"payload": ""}', "a~b"])
def test_the_reader_of_another_form_is_a_command(text):
    hint = in_options(other_form.hint(text.encode(), "no token"))
    assert not PYTHON.search(hint)
    assert "watchword token" in hint
