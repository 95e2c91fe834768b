"""`watchword token jwks`: what is published, and what of a foreign set is used."""

import importlib
import json

import pytest
from tests.net.hostile import Behaviour, hostile, says

from watchword.jose.jwe.key import Key as EncryptionKey
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.secret import HmacKey


@pytest.fixture
def files(tmp_path):
    signing = Key.generate("ES256", kid="sig")
    (tmp_path / "sig.jwk").write_text(json.dumps(signing.to_jwk(private=True)))
    (tmp_path / "ed.pem").write_text(
        Key.generate("Ed25519").to_pem(private=True, password="sesame")
    )
    (tmp_path / "password").write_text("sesame\n")
    encryption = EncryptionKey.generate("ECDH-ES", kid="enc")
    both = {"keys": [signing.to_jwk(), encryption.to_jwk(private=True)]}
    (tmp_path / "both.json").write_text(json.dumps(both))
    bare = {k: v for k, v in signing.to_jwk().items() if k in {"kty", "crv", "x", "y"}}
    (tmp_path / "bare.jwk").write_text(json.dumps(bare))
    secret = HmacKey.generate("HS256").to_jwk(private=True)
    (tmp_path / "secret.jwk").write_text(json.dumps(secret))
    return tmp_path


def test_key_files_become_a_set_of_public_halves(command, files):
    done = command("token", "jwks", "sig.jwk", "ed.pem", "--alg", "Ed25519",
                   "--password-file", "password")  # fmt: skip
    assert done.code == 0
    keys = done.json["keys"]
    assert [key["alg"] for key in keys] == ["ES256", "Ed25519"]
    assert [key["use"] for key in keys] == ["sig", "sig"]
    assert not {"d", "p", "q", "k", "priv"} & set().union(*keys)
    assert keys[0]["kid"] == "sig"
    assert len(keys[1]["kid"]) == 43  # its thumbprint, since PEM has no place for a name


def test_a_set_goes_in_as_well_and_keys_for_encryption_too(command, files):
    done = command("token", "jwks", "both.json", "--json")
    assert [(key["kid"], key["use"]) for key in done.json["keys"]] == [
        ("sig", "sig"),
        ("enc", "enc"),
    ]
    assert done.out.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 2, "--issuer URL"),
        (("sig.jwk", "--url", "https://id.example/jwks"), 2, "name key files, or an address"),
        (("--url", "https://a.example", "--issuer", "https://a.example"), 2, "not allowed"),
        (("secret.jwk",), 2, "never published"),
        (("sig.jwk", "sig.jwk"), 2, "a kid that another"),
        (("bare.jwk",), 2, "Add --alg"),
        (("ed.pem",), 2, "Add --alg"),
        (("sig.jwk", "--alg", "ES256", "--alg", "ES384"), 2, "one algorithm"),
        (("bare.jwk", "--alg", "none"), 2, "name one of"),
        (("bare.jwk", "--alg", "ES384"), 3, "key"),
        (("ed.pem", "--alg", "Ed25519"), 3, "password"),
        (("nowhere.jwk",), 3, "nowhere.jwk cannot be read"),
        (("list.json",), 3, "no JSON object"),
        (("keys.json",), 3, "no list of keys"),
        (("--url", "ftp://id.example/jwks"), 4, "ftp://id.example/jwks"),
        (("--url", "http://id.example/jwks"), 4, "https"),
        (("--url", "https://127.0.0.1:1/jwks"), 4, "no connection"),
        (("--url", "https://id.example/", "--alg", "none"), 2, "does not exist here"),
    ],
)
def test_a_mistake_is_named_and_ends_with_its_code(command, files, words, code, text):
    (files / "list.json").write_text('{"x": 1} []')
    (files / "keys.json").write_text('{"keys": [7]}')
    if words == ("list.json",):
        text = "no JSON"
    done = command("token", "jwks", *words)
    assert done.code == code
    assert text in done.err
    assert "Traceback" not in done.err


def published() -> dict[str, object]:
    good = Key.generate("ES256", kid="good").to_jwk()
    rsa = Key.generate("RS256", kid="unclear").to_jwk()
    del rsa["alg"]
    return {
        "keys": [
            good,
            rsa,
            Key.generate("ES256", kid="open").to_jwk(private=True),
            good | {"kid": "for encryption", "use": "enc"},
            good,
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "\x1b[2Jbroken"},
            {k: v for k, v in good.items() if k != "kid"} | {"x": "AAAA", "kid": 7},
        ]
    }


def answer(document: object) -> Behaviour:
    return says(json.dumps(document).encode())


def test_a_foreign_set_is_shown_as_a_guard_would_use_it(command):
    with hostile(answer(published())) as server:
        url = f"http://127.0.0.1:{server.port}/jwks"
        done = command("token", "jwks", "--url", url)
        as_json = command("token", "jwks", "--url", url, "--json").json
    assert done.code == 0
    assert done.out.splitlines()[0] == url
    assert "  used     ES256      good" in done.out
    assert "  dropped  unclear: its algorithm is not accepted, or is not clear" in done.out
    assert "  dropped  open: it has a private part" in done.out
    assert "  dropped  for encryption: it is not for signatures" in done.out
    assert "  dropped  good: its kid is taken" in done.out
    assert "  dropped  (no kid): it is refused: key_invalid" in done.out
    assert "\x1b" not in done.out
    assert [key["kid"] for key in as_json["used"]] == ["good"]
    assert len(as_json["dropped"]) == 6
    assert "d" not in as_json["used"][0]


def test_the_accepted_algorithms_may_be_named(command):
    with hostile(answer(published())) as server:
        words = ("--url", f"http://127.0.0.1:{server.port}/jwks", "--alg", "RS256")
        done = command("token", "jwks", *words, "--json")
    assert [key["kid"] for key in done.json["used"]] == ["unclear"]


def test_the_set_is_found_from_the_issuers_name(command):
    def behave(connection):
        issuer = f"http://127.0.0.1:{server.port}"
        document = published() if b"/jwks" in server.requests[-1].split(b"\r\n")[0] else {
            "issuer": issuer, "jwks_uri": f"{issuer}/jwks"
        }  # fmt: skip
        answer(document)(connection)

    with hostile(behave) as server:
        done = command("token", "jwks", "--issuer", f"http://127.0.0.1:{server.port}")
    assert done.out.splitlines()[0].endswith("/jwks")
    assert "good" in done.out


@pytest.mark.parametrize(
    ("document", "code", "text"),
    [
        ({"keys": []}, 3, "no usable key"),
        ({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256"}]}, 3, "it is refused"),
        ({"keys": [{"kty": "oct", "k": "AAAA"}]}, 3, "shared secret"),
        ([], 3, "list"),
    ],
)
def test_a_set_without_a_usable_key_is_named(command, document, code, text):
    with hostile(answer(document)) as server:
        done = command("token", "jwks", "--url", f"http://127.0.0.1:{server.port}/jwks")
    assert done.code == code
    assert text in done.err


def test_an_answer_that_is_none_is_unavailable(command):
    with hostile(says(b"", status="500 no")) as server:
        done = command("token", "jwks", "--url", f"http://127.0.0.1:{server.port}/jwks")
    assert done.code == 4


@pytest.mark.requirement("users:U66:core-only")
def test_the_bare_core_names_the_install_line(command, monkeypatch):
    real = importlib.import_module

    def without(name, *arguments):
        if name == "watchword.net.fetcher":
            raise ModuleNotFoundError("No module named 'httpcore2'", name="httpcore2")
        return real(name, *arguments)

    monkeypatch.setattr("watchword.cli.token.jwks.import_module", without)
    done = command("token", "jwks", "--url", "https://id.example/jwks")
    assert (done.code, "pip install 'watchword[client]'" in done.err) == (3, True)


@pytest.mark.parametrize("alg", [{}, [], 7, None, True])
def test_a_key_whose_alg_is_no_text_is_a_plain_refusal(command, tmp_path, alg):
    members = Key.generate("ES256").to_jwk() | {"alg": alg}
    (tmp_path / "odd.jwk").write_text(json.dumps(members))
    done = command("token", "jwks", "odd.jwk")
    assert done.code in {2, 3}
    assert "alg" in done.err
