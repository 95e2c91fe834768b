"""`watchword token keygen`: keys of every algorithm, in files that only their owner reads."""

import json
import stat
from pathlib import Path

import pytest

from watchword.jose.algorithms.table import ALGORITHMS, KEY_MANAGEMENT, Mode
from watchword.jose.jwe.key import Key as EncryptionKey
from watchword.jose.jwk.key import Key

GENERATED = [
    *ALGORITHMS,
    *(name for name, row in KEY_MANAGEMENT.items() if row.mode is not Mode.PASSWORD),
]


@pytest.mark.parametrize("alg", GENERATED)
def test_each_algorithm_has_a_key(command, tmp_path, alg):
    enc = ("--enc", "A256GCM") if alg == "dir" else ()
    done = command("token", "keygen", "--alg", alg, "--out", "key.jwk", *enc, "--json")
    assert done.code == 0
    members = json.loads((tmp_path / "key.jwk").read_text())
    assert done.json["kid"] == members["kid"]
    assert members["alg"] == ("A256GCM" if alg == "dir" else alg)
    assert {"d", "k", "priv"} & set(members)


def test_the_private_file_is_its_owners_alone(command, tmp_path):
    done = command("token", "keygen", "--alg", "ES256", "--out", "a.pem", "--public-out", "a.pub")
    assert done.code == 0
    assert stat.S_IMODE((tmp_path / "a.pem").stat().st_mode) == 0o600
    assert (tmp_path / "a.pub").read_text().startswith("ecdsa-sha2-nistp256 AAAA")
    assert "a.pem (readable by its owner alone, not encrypted)" in done.out
    assert "a.pub" in done.out


@pytest.mark.parametrize("existing", ["key.pem", "pub.pem"])
def test_no_file_is_written_over(command, tmp_path, existing):
    (tmp_path / existing).write_text("precious")
    words = ("--out", "key.pem", "--public-out", "pub.pem")
    done = command("token", "keygen", "--alg", "Ed25519", *words)
    assert done.code == 3
    assert "never written over a file" in done.err
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(command, tmp_path):
    done = command("token", "keygen", "--alg", "Ed25519", "--out", "nowhere/key.jwk")
    assert (done.code, "nowhere/key.jwk cannot be written" in done.err) == (3, True)


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("pem", b"-----BEGIN PRIVATE KEY"), ("der", b"\x30"), ("jwk", b"{"), ("txt", b"{")],
)
def test_the_name_of_the_file_says_the_form(command, tmp_path, suffix, begins):
    assert command("token", "keygen", "--alg", "ES384", "--out", f"key.{suffix}").code == 0
    assert (tmp_path / f"key.{suffix}").read_bytes().startswith(begins)


@pytest.mark.parametrize("form", ["pem", "der", "jwk", "openssh"])
def test_the_public_half_has_every_form_and_signs_with_the_private_one(command, tmp_path, form):
    words = ("--alg", "Ed25519", "--out", "key.jwk", "--public-out", "pub")
    assert command("token", "keygen", *words).code == 0
    assert json.loads((tmp_path / "pub").read_text())["kty"] == "OKP"
    (tmp_path / "pub").unlink()
    (tmp_path / "key.jwk").unlink()
    assert command("token", "keygen", "--alg", "Ed25519", "--out", "key.jwk", "--public-out",
                   f"pub.{ {'openssh': 'pub'}.get(form, form)}").code == 0  # fmt: skip
    signed = command("token", "sign", "--key-file", "key.jwk", "--lifetime", "1m")
    name = f"pub.{ {'openssh': 'pub'}.get(form, form) }"
    alg = () if form == "jwk" else ("--alg", "Ed25519")
    done = command("token", "verify", "-", "--key-file", name, *alg, "--issuer", "any",
                   "--audience", "any", stdin=signed.out)  # fmt: skip
    assert done.code == 0


def test_a_key_goes_to_standard_output_when_it_is_asked_to(command, tmp_path):
    done = command("token", "keygen", "--alg", "Ed25519", "--out", "-", "--kid", "mine")
    assert json.loads(done.out)["kid"] == "mine"
    assert "Ed25519 key pair, kid mine" in done.err
    assert list(tmp_path.iterdir()) == []


def test_only_the_key_is_printed_with_json(command):
    done = command("token", "keygen", "--alg", "Ed25519", "--out", "-", "--json")
    assert done.json["kty"] == "OKP"
    assert done.err == ""


def test_a_key_may_have_no_kid_a_size_or_a_curve(command, tmp_path):
    command("token", "keygen", "--alg", "HS256", "--out", "s.jwk", "--kid", "none")
    assert "kid" not in json.loads((tmp_path / "s.jwk").read_text())
    command("token", "keygen", "--alg", "RS256", "--out", "r.jwk", "--bits", "3072")
    assert len(json.loads((tmp_path / "r.jwk").read_text())["n"]) == 512
    command("token", "keygen", "--alg", "ECDH-ES", "--out", "e.jwk", "--crv", "X25519")
    assert json.loads((tmp_path / "e.jwk").read_text())["crv"] == "X25519"


@pytest.mark.requirement("users:U63:secrets-from-files")
@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_password_from_a_file_encrypts(command, tmp_path, form):
    (tmp_path / "password").write_text("open sesame\n")
    words = ("--alg", "RSA-OAEP-256", "--out", f"key.{form}", "--password-file", "password")
    done = command("token", "keygen", *words)
    assert (done.code, "encrypted" in done.out) == (0, True)
    data = (tmp_path / f"key.{form}").read_bytes()
    read = EncryptionKey.from_pem if form == "pem" else EncryptionKey.from_der
    assert read(data, alg="RSA-OAEP-256", password="open sesame").is_private


class Terminal:
    """Standard input that says it is a terminal, and somebody who types."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.questions: list[str] = []
        self._answers = list(answers)
        monkeypatch.setattr("getpass.getpass", self.ask)
        monkeypatch.setattr("watchword.cli.token.keyfiles.sys", self)
        self.stdin = self

    def isatty(self) -> bool:
        return True

    def ask(self, question: str) -> str:
        self.questions.append(question)
        return self._answers.pop(0)


def test_a_password_is_asked_for_twice(command, tmp_path, monkeypatch):
    Terminal(monkeypatch, "open sesame", "open sesame")
    done = command("token", "keygen", "--alg", "ES256", "--out", "key.pem", "--encrypt")
    assert done.code == 0
    pem = (tmp_path / "key.pem").read_text()
    assert Key.from_pem(pem, alg="ES256", password="open sesame").is_private


@pytest.mark.parametrize("answers", [("one", "another"), ("", "")])
def test_a_password_that_is_mistyped_or_empty_makes_no_key(command, tmp_path, monkeypatch, answers):
    Terminal(monkeypatch, *answers)
    done = command("token", "keygen", "--alg", "ES256", "--out", "key.pem", "--encrypt")
    assert (done.code, "not the same" in done.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--alg", "none", "--out", "x"), 2, "does not exist here"),
        (("--alg", "RSA1_5", "--out", "x"), 2, "RSA-OAEP"),
        (("--alg", "ES256"), 2, "--out"),
        (("--alg", "ES256", "--out", "x", "--public-out", "x"), 2, "two places"),
        (("--alg", "HS256", "--out", "x", "--public-out", "y"), 2, "no public half"),
        (("--alg", "HS256", "--out", "x.pem"), 2, "written as a JWK"),
        (("--alg", "PBES2-HS256+A128KW", "--out", "x"), 2, "takes a password"),
        (("--alg", "dir", "--out", "x"), 2, "--enc"),
        (("--alg", "Ed448", "--out", "x", "--form", "openssh"), 3, "OpenSSH"),
        (("--alg", "ES256", "--out", "x.pem", "--encrypt"), 2, "--password-file FILE"),
        (("--alg", "ES256", "--out", "x.jwk", "--password-file", "p"), 2, "not encrypted"),
        (("--alg", "ES256", "--out", "x.pem", "--password-file", "none"), 3, "none"),
        (("--alg", "RS256", "--out", "x", "--bits", "1024"), 3, "bits"),
        (("--alg", "ECDH-ES", "--out", "x", "--crv", "P-999"), 3, "curve"),
        (("--alg", "ES256", "--out", "x", "--kid", ""), 3, "kid"),
    ],
)
def test_a_mistake_makes_no_key(command, tmp_path, words, code, text):
    (tmp_path / "p").write_text("password")
    done = command("token", "keygen", *words)
    assert done.code == code
    assert text in done.err
    assert "Traceback" not in done.err
    assert [path.name for path in Path(tmp_path).iterdir()] == ["p"]


def test_a_key_without_a_form_of_openssh_is_refused(command, tmp_path):
    words = ("--alg", "Ed448", "--out", "k.jwk", "--public-out", "k.pub")
    done = command("token", "keygen", *words)
    assert (done.code, "OpenSSH" in done.err) == (3, True)
    assert list(tmp_path.iterdir()) == []


def test_openssh_reads_what_is_written_for_it(command, tmp_path):
    words = ("--alg", "Ed25519", "--form", "openssh", "--out", "id", "--public-out", "id.pub")
    assert command("token", "keygen", *words).code == 0
    private = (tmp_path / "id").read_text()
    assert private.startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    line = (tmp_path / "id.pub").read_text()
    assert Key.from_ssh(private, alg="Ed25519").to_ssh() == line.strip()
    signed = command("token", "sign", "--key-file", "id", "--alg", "Ed25519", "--lifetime", "1m")
    done = command("token", "verify", "-", "--key-file", "id.pub", "--alg", "Ed25519",
                   "--issuer", "any", "--audience", "any", stdin=signed.out)  # fmt: skip
    assert done.code == 0
