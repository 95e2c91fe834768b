"""`watchword token`: what goes in, what comes out, how it ends."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from watchword.cli.token.command import PARSERS
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwk.secret import HmacKey
from watchword.jose.jwt.expected import PLAIN
from watchword.jose.jwt.signer import Signer

pytestmark = pytest.mark.usefixtures("keys")

SECRET = "a shared secret of more than thirty-two characters"


@pytest.fixture
def keys(tmp_path: Path) -> None:
    key = Key.generate("Ed25519", kid="k1")
    (tmp_path / "key.pem").write_text(key.to_pem(private=True, unprotected=True))
    (tmp_path / "pub.pem").write_text(key.public().to_pem())
    (tmp_path / "locked.pem").write_text(key.to_pem(private=True, password="open sesame"))
    (tmp_path / "password.txt").write_text("open sesame\n")
    (tmp_path / "key.jwk").write_text(json.dumps(key.to_jwk(private=True)))
    (tmp_path / "jwks.json").write_text(json.dumps(KeySet([key]).publish()))
    two = {"keys": [key.to_jwk(), key.to_jwk() | {"kid": "k2"}]}
    (tmp_path / "two.json").write_text(json.dumps(two))
    (tmp_path / "secret.txt").write_text(SECRET + "\n")
    secret = HmacKey(SECRET, alg="HS256")
    (tmp_path / "secret.jwk").write_text(json.dumps(secret.to_jwk(private=True)))


PRIVATE = ("--key-file", "key.pem", "--alg", "Ed25519")
PUBLIC = ("--key-file", "pub.pem", "--alg", "Ed25519")
ANYONE = ("--issuer", "any", "--audience", "any")


@pytest.fixture
def token(command) -> str:
    done = command("token", "sign", "--key-file", "key.jwk", "--claim", "sub=alice",
                   "--claim", "iss=https://id.example", "--lifetime", "15m")  # fmt: skip
    assert done.code == 0
    return done.out.strip()


def test_claims_are_text_unless_they_are_marked_as_json(command):
    """users.md U63 leaves claims, which are no secret, to the words."""
    done = command("token", "sign", *PRIVATE, "--claim", "sub=7", "--claim", "level:=7",
                   "--claim", "roles:=[\"admin\"]", "--lifetime", "1h", "--json")  # fmt: skip
    claims = done.json["claims"]
    assert (claims["sub"], claims["level"], claims["roles"]) == ("7", 7, ["admin"])
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--claim", "x:=" + "[" * 60_000), "nested deeper than 32"),
        (("--claim", 'x:={"a":1,"a":2}'), "names a member twice"),
        (("--claim", "x:=NaN"), "NaN"),
        (("--claim", "x:=" + "9" * 5_000), "too many digits"),
        (("--claim", "x:=\udcff"), "not UTF-8"),
        (("--claim", "x:=" + " " * 70_000), "larger than"),
        (("--claim", "x:="), "such as 7 or true"),
        (("--claim", "x=1", "--claim", "x:=2"), "given twice"),
        (("--claim", ":=2"), "is not NAME=TEXT"),
        (("--claim", "sub=\udcff"), ""),
        (("--claim", "sub:=7"), "sub"),
    ],
)
def test_a_claim_that_is_no_strict_json_is_a_plain_refusal(command, words, fault):
    """tokens.md J-18: two readers of a duplicate would take two tokens from it."""
    done = command("token", "sign", *PRIVATE, *words, "--lifetime", "1h")
    assert (done.code, done.out) == (2, "")
    assert fault in done.err
    assert "Traceback" not in done.err


def test_a_claim_in_words_replaces_one_of_the_file(command, tmp_path):
    (tmp_path / "claims.json").write_text('{"sub": "alice", "x": 1}')
    done = command("token", "sign", *PRIVATE, "--lifetime", "1h", "--json",
                   "--claims", "claims.json", "--claim", "sub=bob")  # fmt: skip
    assert (done.json["claims"]["sub"], done.json["claims"]["x"]) == ("bob", 1)


def test_claims_may_come_from_a_file_or_standard_input(command, tmp_path):
    (tmp_path / "claims.json").write_text('{"sub": "alice"}')
    words = ("token", "sign", *PRIVATE, "--lifetime", "15m", "--json", "--claims")
    assert command(*words, "claims.json").json["claims"]["sub"] == "alice"
    assert command(*words, "-", stdin='{"sub": "bob"}').json["claims"]["sub"] == "bob"


def test_a_token_without_end_is_asked_for_in_words(command):
    done = command("token", "sign", *PRIVATE, "--claim", "sub=a", "--lifetime", "none", "--json")
    assert "exp" not in done.json["claims"]


def test_a_token_without_end_is_told_from_one_whose_claims_end_it(command, tmp_path):
    """`verify` demands exp: who signs a token without one should hear of it at once."""
    words = ("token", "sign", *PRIVATE, "--lifetime", "none")
    assert "This token never ends: `watchword token verify` refuses it" in command(*words).err
    assert command(*words, "--claim", "exp:=1900000000").err == ""
    (tmp_path / "claims.json").write_text('{"exp": 1900000000}')
    for claims in (("--claim", "exp:=1900000000"), ("--claims", "claims.json")):
        done = command("token", "sign", *PRIVATE, "--lifetime", "15m", *claims)
        assert (done.code, done.out) == (2, "")
        assert "both --lifetime and the claim exp" in done.err


@pytest.mark.parametrize(
    ("made", "asked", "code"),
    [((), "plain", 0), (("--typ", "plain"), "plain", 0), (("--typ", "at+jwt"), "plain", 1),
     (("--typ", "at+jwt"), "at+jwt", 0), ((), "at+jwt", 1), (("--typ", "at+jwt"), "any", 0)],
)  # fmt: skip
def test_a_token_of_no_kind_is_asked_for_by_plain(command, made, asked, code):
    signed = command("token", "sign", *PRIVATE, "--lifetime", "1m", *made)
    words = ("verify", "-", *PUBLIC, *ANYONE, "--typ", asked)
    assert command("token", *words, stdin=signed.out).code == code


@pytest.mark.parametrize("name", ["verify", "explain", "decrypt", "inspect"])
def test_a_token_is_read_from_a_file_which_is_not_taken_for_one(command, tmp_path, token, name):
    (tmp_path / "t.txt").write_text(token + "\n")
    words = {
        "verify": (*PUBLIC, *ANYONE),
        "explain": PUBLIC,
        "decrypt": ("--password-file", "password.txt"),
        "inspect": (),
    }[name]
    done = command("token", name, "t.txt", *words)
    assert (done.code, done.err) == (2, "t.txt is a file and no token. Write --file t.txt.\n")
    read = command("token", name, "--file", "t.txt", *words)
    assert (read.code, read.out) == (command("token", name, token, *words).code, read.out)
    assert name == "decrypt" or "alice" in read.out
    for none_or_two in ((), ("x", "--file", "t.txt")):
        done = command("token", name, *none_or_two, *words)
        assert (done.code, "Add TOKEN, - or --file FILE" in done.err) == (2, True)
    assert "is a file" not in command("token", name, "x" * 5000 + "\0", *words).err


class Clock:
    """A clock that shows the first second of the epoch."""

    def now(self) -> int:
        return 1

    def monotonic(self) -> float:
        return 0.0


def test_a_time_that_has_passed_is_told_in_words_and_with_its_date(command):
    key = Key.from_jwk(Path("key.jwk").read_text())
    past = Signer(key, issuer="i", audience=None, lifetime="1d", typ=PLAIN, clock=Clock())
    done = command("token", "verify", "-", *PUBLIC, *ANYONE, stdin=past.sign())
    assert re.search(r"ended [0-9]+ years ago\s\(1970-01-02 00:00:01\sUTC\)", done.err)
    explained = command("token", "explain", "-", *PUBLIC, stdin=past.sign())
    assert re.search("it ended [0-9]+ years ago", explained.out)


def test_no_line_is_wider_than_a_screen(command, token, monkeypatch):
    """80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    bad = ("--issuer", "x", "--audience", "y")
    outputs = [command("token", "explain", token, *PUBLIC), command("token", "inspect", token),
               command("token", "verify", token, *PUBLIC, *bad), command("token", "--help"),
               *(command("token", name, "--help") for name in PARSERS)]  # fmt: skip
    assert [line for done in outputs for line in (done.out + done.err).splitlines()
            if len(line) > 80] == []  # fmt: skip


def test_an_encrypted_key_opens_with_a_password_from_a_file(command):
    """users.md U63: never from an argument."""
    words = ("token", "sign", "--key-file", "locked.pem", "--alg", "Ed25519", "--lifetime", "1m")
    assert command(*words).code == 3
    assert command(*words, "--password-file", "password.txt").code == 0


@pytest.mark.parametrize(
    "keys_option",
    [
        ("--key-file", "pub.pem", "--alg", "Ed25519"),
        ("--key-file", "key.jwk"),
        ("--jwks", "jwks.json"),
    ],
)
def test_a_good_token_prints_its_claims(command, token, keys_option):
    done = command("token", "verify", token, *keys_option, *ANYONE)
    assert done.code == 0
    assert json.loads(done.out)["sub"] == "alice"


@pytest.mark.parametrize("keys_option", [("--secret-file", "secret.txt", "--alg", "HS256"),
                                         ("--key-file", "secret.jwk")])  # fmt: skip
def test_a_shared_secret_signs_and_verifies(command, keys_option):
    signed = command("token", "sign", *keys_option, "--claim", "sub=a", "--lifetime", "1m")
    done = command("token", "verify", "-", *keys_option, *ANYONE, stdin=signed.out)
    assert done.code == 0


@pytest.mark.requirement("users:U62:exit-codes")
def test_a_bad_token_names_the_rule_and_exits_with_1(command, token):
    done = command("token", "verify", token, *PUBLIC, "--issuer", "x", "--audience", "any")
    assert done.code == 1
    assert done.err.startswith("wrong_issuer (iss): ")
    assert done.out == ""


def test_a_bad_token_as_json_lists_every_failure(command, token):
    done = command("token", "verify", token, *PUBLIC, "--issuer", "x", "--audience", "y", "--json")
    assert done.code == 1
    assert [f["claim"] for f in done.json["failures"]] == ["iss", "aud"]


def test_a_good_token_as_json_holds_header_and_claims(command, token):
    done = command("token", "verify", token, *PUBLIC, *ANYONE, "--json")
    assert done.json["valid"] is True
    assert done.json["header"]["kid"] == "k1"


def test_an_explanation_shows_each_step_and_its_encoding(command, token):
    done = command("token", "explain", token)
    header, payload, signature = token.split(".")
    text = done.out.replace("\n   ", "")
    for part in (header, payload, f"{header}.{payload}", signature):
        assert part in text
    assert "base64url without padding" in " ".join(done.out.split())
    assert "in 15 minutes" in done.out
    assert "not checked" in done.out
    assert done.code == 0


def test_an_explanation_with_a_key_gives_the_verdict(command, token):
    done = command("token", "explain", token, "--jwks", "jwks.json")
    assert (done.code, "5. Verdict: verified" in done.out) == (0, True)


def test_an_explanation_of_a_refused_token_shows_the_failed_rule(command, token):
    tampered = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
    done = command("token", "explain", tampered, "--jwks", "jwks.json")
    assert done.code == 1
    assert "signature_invalid" in done.out or "token_malformed" in done.out
    assert "FAILED" in done.out


def test_an_explanation_as_json_is_one_object(command, token):
    done = command("token", "explain", "-", "--jwks", "jwks.json", "--json", stdin=f"{token}\n")
    assert done.json["verdict"] == "verified"
    assert done.json["payload"]["members"]["sub"] == "alice"
    found = {check["name"]: check["outcome"] for check in done.json["checks"]}
    assert found.pop("type") == "not asked"
    assert set(found.values()) == {"passed"}


@pytest.mark.parametrize("text", ["", "x", "a.b", "a.b.c.d.e", "é.é.é", "{}.{}.{}", "x" * 20_000])
def test_text_that_is_no_token_is_explained_and_refused(command, text):
    done = command("token", "explain", "-", stdin=text)
    assert done.code == 1
    assert "token_malformed" in done.out or "token_too_large" in done.out


def test_an_explanation_never_commands_the_terminal(command):
    """security.md rule 100: what a token holds is shown, not obeyed."""
    signed = command("token", "sign", *PRIVATE, "--claim", 'sub:="\\u001b[2J\\u202e\\u009b"',
                     "--lifetime", "1m")  # fmt: skip
    for words in (("explain",), ("verify", *ANYONE)):
        done = command("token", words[0], signed.out.strip(), *PUBLIC, *words[1:])
        assert not {"\x1b", "\u202e", "\x9b"} & set(done.out)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("sign", "--lifetime", "1m"), 2, "Add --key-file FILE or --secret-file FILE."),
        (("sign", *PRIVATE), 2, "--lifetime"),
        (("sign", *PRIVATE, "--lifetime", "soon"), 2, "--lifetime: write a duration"),
        (("sign", *PRIVATE, "--lifetime", "1m", "--claim", "x"), 2, "is not NAME=TEXT"),
        (("sign", *PRIVATE, "--lifetime", "1m", "--claim", "x:=["), 2, "followed by JSON"),
        (("sign", *PRIVATE, "--lifetime", "1m", "--claim", "exp=x"), 2, "exp"),
        (("sign", *PRIVATE, "--lifetime", "1m", "--claims", "pub.pem"), 2, "is no JSON"),
        (("sign", *PRIVATE, "--lifetime", "1m", "--claims", "-"), 2, "is no JSON"),
        (("sign", "--key-file", "key.pem", "--lifetime", "1m"), 2, "Add --alg"),
        (("sign", "--key-file", "key.pem", "--alg", "none", "--lifetime", "1m"), 2, "HS256"),
        (("sign", "--key-file", "key.pem", "--alg", "RS256", "--lifetime", "1m"), 3, "RSA"),
        (("sign", "--key-file", "nowhere", "--alg", "ES256", "--lifetime", "1m"), 3, "nowhere"),
        (("sign", "--secret-file", "key.pem", "--alg", "HS256", "--lifetime", "1m"), 3, "secret"),
        (("sign", "--key-file", "key.jwk", "--alg", "ES256", "--lifetime", "1m"), 3, "for Ed25519"),
        (("verify", "x", "--key-file", "two.json", *ANYONE), 3, "no single key"),
        (("verify", "x", *ANYONE), 2, "--jwks FILE"),
        (("verify", "x", *PUBLIC), 2, "--issuer"),
        (("verify", "x", "--jwks", "pub.pem", *ANYONE), 3, "key"),
        (("nonsense", "x"), 2, "No such command"),
        ((), 2, "COMMAND"),
    ],
)
def test_a_mistake_is_named_and_ends_with_its_code(command, words, code, text):
    done = command("token", *words)
    assert done.code == code
    assert text in done.err
    assert "Traceback" not in done.err


def test_a_key_file_is_read_within_its_limit(command, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    done = command("token", "verify", "x", "--jwks", "large", *ANYONE)
    assert (done.code, "larger than" in done.err) == (3, True)


def test_a_claims_file_holds_an_object(command, tmp_path):
    (tmp_path / "list.json").write_text("[]")
    done = command("token", "sign", *PRIVATE, "--lifetime", "1m", "--claims", "list.json")
    assert (done.code, "no JSON object" in done.err) == (2, True)


def test_a_broken_jwk_file_is_named(command, tmp_path):
    (tmp_path / "broken.jwk").write_text('{"kty": "oct", "kty": "oct"}')
    done = command("token", "sign", "--key-file", "broken.jwk", "--lifetime", "1m")
    assert (done.code, "no JSON" in done.err) == (3, True)


def test_a_certificate_verifies(command, tmp_path, token):
    """RFC 5280 section 4.1.2.7: the key of a certificate is a key."""
    private = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(private.public_key()).serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC)).sign(private, None)
    )  # fmt: skip
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "pub.der").write_bytes(der)
    for name in ("cert.pem", "pub.der"):
        signed = command("token", "sign", *PRIVATE, "--claim", "sub=a", "--lifetime", "1m")
        done = command("token", "verify", "-", "--key-file", name, "--alg", "Ed25519", *ANYONE,
                       stdin=signed.out)  # fmt: skip
        assert done.code == 0
