"""`watchword token explain` of encrypted tokens and SD-JWTs, each part and what it is for."""

import json

import pytest
from tests.jose.sdjwt.credentials import TYP, holder, issue

from watchword import jwe, jwt, sdjwt


def joined(text: str) -> str:
    return text.replace("\n   ", "")


@pytest.fixture(scope="module")
def key() -> jwt.Key:
    return jwt.Key.generate("ES256", kid="k1")


@pytest.fixture
def token(key, tmp_path) -> str:
    (tmp_path / "key.jwk").write_text(json.dumps(key.public().to_jwk()))
    (tmp_path / "other.jwk").write_text(json.dumps(jwt.Key.generate("ES256").public().to_jwk()))
    signer = jwt.Signer(key, issuer="https://id.example", audience="a", lifetime="15m", typ=TYP)
    claims = {"sub": "alice", "email": "alice@example.org", "roles": ["x", "y"]}
    text = sdjwt.issue(signer, claims, hide=["email", "roles.*"], holder=holder().public())
    return sdjwt.present(text, show=["email", "roles.1"], holder=holder(), audience="v", nonce="n1")


@pytest.mark.parametrize(
    ("key_management", "says"),
    [
        ("RSA-OAEP", "encrypted to the recipient's RSA key"),
        ("A256KW", "wrapped by a secret that both sides share"),
        ("A256GCMKW", "encrypted by a secret that both sides share"),
        ("ECDH-ES", "agree on the content key itself"),
        ("ECDH-ES+A128KW", "sender and recipient agree on"),
        ("dir", "both sides share the content key itself"),
        ("PBES2-HS256+A128KW", "derived from a password"),
    ],
)
def test_an_encrypted_token_is_explained_part_by_part(command, key_management, says):
    if key_management.startswith("PBES2"):
        held = jwe.Password("sesame", iterations=1000)
    elif key_management in {"A256KW", "A256GCMKW"}:
        held = jwe.Secret.generate(key_management)
    elif key_management == "dir":
        held = jwe.Secret.generate("dir", enc="A256GCM")
    else:
        held = jwe.Key.generate(key_management).public()
    text = jwe.encrypt(b"hidden-canary", held, enc="A256GCM")
    done = command("token", "explain", text)
    assert done.code == 0
    for part in text.split("."):
        assert part in joined(done.out)
    told = " ".join(done.out.split())
    assert says in told
    assert "13 bytes: the content under A256GCM" in told
    assert "token decrypt" in told
    assert "canary" not in told
    found = command("token", "explain", "-", "--json", stdin=text).json
    assert found["header"]["members"]["alg"] == key_management
    assert [part["name"] for part in found["parts"]][-1] == "authentication tag"


@pytest.fixture
def sealed(tmp_path) -> str:
    key = jwe.Key.generate("ECDH-ES+A128KW", kid="k1")
    (tmp_path / "jwe.jwk").write_text(json.dumps(key.to_jwk(private=True)))
    other = jwe.Key.generate("ECDH-ES+A128KW", kid="k1")
    (tmp_path / "other.jwk").write_text(json.dumps(other.to_jwk(private=True)))
    return jwe.encrypt(b"first\n\x1b[2J second", key.public(), enc="A256GCM", unsafe_zip="DEF")


def test_an_encrypted_token_is_opened_with_the_key_that_is_given(command, sealed):
    """A key on the command line is there to be used."""
    done = command("token", "explain", sealed, "--key-file", "jwe.jwk")
    assert (done.code, "6. Verdict: decrypted\n   first\n   \\x1b[2J second\n" in done.out) == (
        0,
        True,
    )
    found = command("token", "explain", sealed, "--key-file", "jwe.jwk", "--json").json
    assert (found["verdict"], found["content"]) == ("decrypted", "first\n\x1b[2J second")


def test_a_token_for_somebody_else_is_refused(command, sealed):
    done = command("token", "explain", sealed, "--key-file", "other.jwk")
    assert (done.code, "6. Verdict: refused\n   decryption_failed" in done.out) == (1, True)
    found = command("token", "explain", sealed, "--key-file", "other.jwk", "--json").json
    assert [each["code"] for each in found["failures"]] == ["decryption_failed"]


def test_a_password_opens_an_encrypted_token_and_bytes_are_counted(command, tmp_path):
    text = jwe.encrypt(b"\xff\xfe", jwe.Password("sesame", iterations=1000), enc="A256GCM")
    (tmp_path / "password").write_text("sesame")
    done = command("token", "explain", text, "--password-file", "password")
    assert (done.code, "2 bytes that are no text" in done.out) == (0, True)


@pytest.mark.parametrize("text", ["a.b.c.d.e", "....", "é.é.é.é.é", "e30.!.!.!.!", "W10...."])
def test_five_parts_that_are_no_token_are_refused(command, text):
    done = command("token", "explain", "-", stdin=text)
    assert done.code == 1
    assert "token_malformed" in done.out
    assert command("token", "explain", "-", "--json", stdin=text).json["fault"]


def test_an_unknown_algorithm_is_said_to_be(command):
    text = "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJ4IiwiemlwIjoiREVGIn0.AA.AA.AA.AA"
    told = " ".join(command("token", "explain", text).out.split())
    assert "does not exist here" in told
    assert "compressed first" in told


def test_an_sd_jwt_is_explained_with_its_disclosures(command, token):
    done = command("token", "explain", "-", stdin=token)
    assert done.code == 0
    *parts, key_binding = token.split("~")
    for part in (*parts, key_binding.rpartition(".")[0]):
        assert all(piece in joined(done.out) for piece in part.split("."))
    assert "5. Disclosures: 2" in done.out
    assert "roles.0" in done.out  # as this verifier sees the list
    assert '"email","alice@example.org"' in joined(done.out)
    assert '"nonce": "n1"' in done.out
    assert "8. Verdict: not checked" in done.out


@pytest.mark.parametrize(
    ("words", "code", "verdict"),
    [
        (("--key-file", "key.jwk"), 0, "verified"),
        (("--key-file", "key.jwk", "--typ", TYP, "--issuer", "https://id.example"), 0, "verified"),
        (("--key-file", "other.jwk"), 1, "unknown_key"),
        (("--key-file", "key.jwk", "--issuer", "x", "--audience", "y"), 1, "wrong_audience (aud)"),
    ],
)
def test_a_key_gives_the_verdict_on_the_issuers_part(command, token, words, code, verdict):
    done = command("token", "explain", "-", *words, stdin=token)
    assert (done.code, verdict in done.out) == (code, True)


def test_an_sd_jwt_as_json_is_one_object(command, token):
    found = command("token", "explain", "-", "--json", "--key-file", "key.jwk", stdin=token).json
    assert found["kind"] == "sd-jwt"
    assert found["verdict"] == "verified"
    assert found["processed"]["email"] == "alice@example.org"
    assert {each["path"] for each in found["disclosures"]} == {"email", "roles.0"}
    assert found["key_binding"]["claims"]["nonce"] == "n1"
    assert found["header"]["members"]["typ"] == TYP


@pytest.mark.parametrize("text", ["~", "a~", "a.b.c~", "a.b.c~x~", "é~", "a.b.c~D~k"])
def test_tildes_alone_make_no_sd_jwt(command, text):
    done = command("token", "explain", "-", stdin=text)
    assert done.code == 1
    assert "8. Verdict: refused" in done.out


def test_a_disclosure_too_many_is_named(command):
    done = command("token", "explain", "-", stdin=issue() + "WyJzIiwieCJd~")
    assert (done.code, "disclosure_invalid" in done.out) == (1, True)
    assert "7. Key binding: none was sent" in done.out


ANYONE = ("--issuer", "any", "--audience", "any")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 0, '"email": "alice@example.org"'),
        (("--receiver", "v", "--nonce", "n1"), 0, '"email": "alice@example.org"'),
        (("--receiver", "v", "--nonce", "n2"), 1, "claim_invalid (nonce)"),
        (("--receiver", "w", "--nonce", "n1"), 1, "wrong_audience (aud)"),
        (("--receiver", "v"), 2, "come together"),
        (("--nonce", "n1"), 2, "come together"),
    ],
)
def test_an_sd_jwt_is_verified_and_its_key_binding_where_it_is_demanded(
    command, token, words, code, text
):
    done = command("token", "verify", "-", "--key-file", "key.jwk", *ANYONE, *words, stdin=token)
    assert done.code == code
    assert text in done.out + done.err


def test_a_stripped_key_binding_is_missed_where_it_is_demanded(command, token):
    stripped = token.rpartition("~")[0] + "~"
    words = ("--key-file", "key.jwk", *ANYONE, "--receiver", "v", "--nonce", "n1", "--json")
    done = command("token", "verify", "-", *words, stdin=stripped)
    assert (done.code, done.json["failures"][0]["code"]) == (1, "key_binding_missing")
    plain = command("token", "verify", token.split("~")[0], *words)
    assert (plain.code, "only an SD-JWT" in plain.err) == (2, True)


def test_claims_that_are_kept_back_are_not_printed(command, token):
    words = ("--key-file", "key.jwk", *ANYONE, "--json")
    claims = command("token", "verify", "-", *words, stdin=token).json["claims"]
    assert claims["roles"] == ["y"]
    assert "_sd" not in claims
