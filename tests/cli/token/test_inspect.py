"""`watchword token inspect`: what a thing is, and no verdict."""

import json
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa
from tests.jose.sdjwt.credentials import holder, issue

from watchword import jwe, jws, jwt, sdjwt

NAMES = ("d", "p", "q", "dp", "dq", "qi", "k", "priv")


@pytest.fixture(scope="module")
def things() -> dict[str, str]:
    key = jwt.Key.generate("ES256", kid="k1")
    rsa = jwe.Key.generate("RSA-OAEP-256", kid="enc")
    secret = jwt.Secret.generate("HS256")
    signer = jwt.Signer(key, issuer="https://id.example", audience="a", lifetime="15m", typ="x+jwt")
    issued = issue()
    shown = sdjwt.present(
        issued, show=["email", "address.street"], holder=holder(), audience="v", nonce="n"
    )
    document = json.loads(jws.sign_json(b"text", [key, jwt.Key.generate("Ed25519")]))
    return {
        "jws": signer.sign(sub="alice"),
        "jws of text": jws.sign(b"\xff\0", key),
        "jws-json": json.dumps(document),
        "jws-json of one": json.dumps(json.loads(jws.sign_json(b'{"a": 1}', [key]))),
        "jwe": jwe.encrypt(b"hidden-canary", rsa.public(), enc="A256GCM"),
        "jwe-json": jwe.encrypt_json(b"hidden-canary", [rsa.public()], enc="A256GCM"),
        "jwe-json of two": jwe.encrypt_json(
            b"hidden-canary",
            [rsa.public(), jwe.Key.generate("RSA-OAEP").public()],
            enc="A256GCM",
            aad=b"beside",
        ),
        "sd-jwt": issued,
        "sd-jwt+kb": shown,
        "sd-jwt+kb in JSON": sdjwt.to_json(shown),
        "jwk": json.dumps(key.to_jwk(private=True)),
        "jwk of RSA": json.dumps(rsa.public().to_jwk()),
        "jwk shared": json.dumps(secret.to_jwk(private=True)),
        "jwk-set": json.dumps({"keys": [key.to_jwk(), rsa.public().to_jwk(), 7]}),
        "pem": key.to_pem(private=True, password="x"),
        "pem public": key.public().to_pem(),
        "openssh": key.to_ssh(),
    }


def kind_of(name: str) -> str:
    return name.split(" ", maxsplit=1)[0]


@pytest.mark.requirement("users:U66:inspect")
@pytest.mark.parametrize(
    "name",
    [
        *("jws", "jws of text", "jws-json", "jws-json of one", "jwe", "jwe-json"),
        *("jwe-json of two", "sd-jwt", "sd-jwt+kb", "sd-jwt+kb in JSON", "jwk", "jwk of RSA"),
        *("jwk shared", "jwk-set", "pem", "pem public", "openssh"),
    ],
)
def test_each_kind_is_named(command, things, tmp_path, name):
    (tmp_path / "thing").write_text(things[name] + "\n")
    done = command("token", "inspect", "--file", "thing", "--json")
    assert (done.code, done.json["kind"]) == (0, kind_of(name))
    shown = command("token", "inspect", "-", stdin=things[name])
    assert shown.code == 0
    assert "cannot be read" not in shown.out
    assert ("Nothing was verified" in shown.out) == kind_of(name).startswith(("jws", "jwe", "sd"))


def test_a_signed_token_shows_header_claims_and_times(command, things):
    out = command("token", "inspect", things["jws"]).out
    assert out.startswith("A signed token (JWS, compact)")
    assert '"sub": "alice"' in out
    assert "in 15 minutes" in out or "in 14 minutes" in out
    assert "64 bytes, not checked" in out
    text = command("token", "inspect", things["jws of text"]).out
    assert "2 bytes, no claims" in text


def test_an_encrypted_token_says_what_its_parts_are_for(command, things):
    out = " ".join(command("token", "inspect", things["jwe"]).out.split())
    assert "256 bytes, the content key, encrypted to the recipient's RSA key" in out
    assert "13 bytes, the content under A256GCM" in out
    two = command("token", "inspect", things["jwe-json of two"]).out
    assert "general JSON) for 2 recipients" in two
    assert "encrypted key 2" in two


@pytest.mark.parametrize("name", ["sd-jwt+kb", "sd-jwt+kb in JSON"])
def test_an_sd_jwt_shows_each_disclosure_in_its_place(command, things, name):
    out = command("token", "inspect", "-", stdin=things[name]).out
    assert "with 3 disclosures, with key binding" in out
    assert "shows email" in out
    assert "alice@example.org" in out
    assert "shows address.street" in out
    assert "Main St 1" in out
    assert '"nonce": "n"' in out


@pytest.mark.requirement("users:U63:secrets-from-files")
@pytest.mark.parametrize("name", ["jwk", "jwk shared", "pem"])
def test_private_parts_are_named_and_not_shown(command, things, name):
    for words in ((), ("--json",)):
        out = command("token", "inspect", "-", *words, stdin=things[name]).out
        if things[name].startswith("{"):
            members = json.loads(things[name])
            hidden = [str(members[part]) for part in NAMES if part in members]
            assert hidden
            assert not any(value in out for value in hidden)
        else:
            assert things[name].splitlines()[1] not in out


def test_a_key_is_described(command, things):
    out = command("token", "inspect", "-", stdin=things["jwk"]).out
    assert out.startswith("A private key (JWK), EC P-256 for ES256, kid k1")
    assert "keep this file to yourself" in out
    assert "2048 bits" in command("token", "inspect", "-", stdin=things["jwk of RSA"]).out
    out = command("token", "inspect", "-", stdin=things["jwk-set"]).out
    assert "A set of 3 keys (JWKS)" in out
    assert "no JSON object" in out
    assert "a public key" in out
    assert (
        "A private key (PEM, encrypted)"
        in command("token", "inspect", "-", stdin=things["pem"]).out
    )
    certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"
    assert "certified" in command("token", "inspect", "-", stdin=certificate).out


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "a.b", "a.b.c", "a.b.c.d.e", "a~", "a.b.c~x~", "~", "é.é.é", "{", "{}", "{]"),
        '{"a": 1}',
        '{"keys": 7}',
        '{"kty": "EC"}',
        '{"kty": 7, "n": "AA"}',
        '{"kty": "oct"}',
        '{"payload": 7}',
        '{"payload": "e30", "signatures": 7}',
        '{"payload": "e30", "signatures": [7]}',
        '{"payload": "e30", "signatures": [{"header": 7}]}',
        '{"payload": "e30", "protected": "e30", "signature": "!", "header": {"a": 1}}',
        '{"payload": "e30", "protected": "e30", "signature": "AA", "header": {"disclosures": []}}',
        '{"payload": "e30", "signatures": [{"protected": "e30", "signature": "AA", "header": '
        '{"disclosures": ["AA"]}}]}',
        '{"ciphertext": 7}',
        '{"ciphertext": "AA", "recipients": 7}',
        '{"ciphertext": "AA", "recipients": [7], "unprotected": {"alg": "dir"}}',
        '{"ciphertext": "AA", "recipients": [{"header": {"alg": "x"}}]}',
    ],
)
def test_nothing_that_is_typed_breaks_it(command, text):
    for words in ((), ("--json",)):
        done = command("token", "inspect", "-", *words, stdin=text)
        assert done.code in {0, 1}
        assert done.err == ""
        assert done.out


def test_what_is_unknown_says_what_would_be_known(command):
    done = command("token", "inspect", "x")
    assert done.code == 1
    assert "three or five parts" in done.out


@pytest.mark.parametrize("words", [(), ("x", "--file", "y")])
def test_one_thing_is_named(command, words):
    done = command("token", "inspect", *words)
    assert (done.code, "--file FILE" in done.err) == (2, True)


def test_it_never_commands_the_terminal(command):
    """security.md rule 100: what a text holds is shown, not obeyed."""
    key = jwt.Key.generate("Ed25519")
    bad = "\x1b[2J\u202e\x9b"
    token = jws.sign(json.dumps({"sub": bad, bad: 1}).encode(), key, header={"x": bad})
    issued = issue({bad: bad}, hide=[(bad,)])
    for text in (token, issued, json.dumps({"kty": bad, "kid": bad, "crv": bad}),
                 json.dumps({"keys": [{"kty": bad}]}), json.dumps({bad: 1})):  # fmt: skip
        out = command("token", "inspect", "-", stdin=text).out
        assert not {"\x1b", "\u202e", "\x9b"} & set(out)


def test_large_texts_are_read_within_a_limit(command):
    for text in ("a" * 2_000_000, "{" * 600_000, "~" * 600_000, "." * 600_000):
        assert command("token", "inspect", "-", stdin=text).code == 1


def test_the_thumbprint_of_a_shared_secret_is_not_shown(command):
    """RFC 7638 section 7: a hash of the secret, by which guesses can be tried out."""
    secret = jwt.Secret("a secret that somebody could guess", alg="HS256")
    document = json.dumps(secret.to_jwk(private=True))
    for words in ((document,), (document, "--json")):
        done = command("token", "inspect", *words)
        assert done.code == 0
        assert secret.thumbprint() not in done.out
        assert "try out guesses" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("alg", "says"),
    [("RS256", "RSA, 2048 bits"), ("ES256", "EC, P-256"), ("Ed25519", "OKP, Ed25519"),
     ("ML-DSA-44", "AKP, ML-DSA-44")],
)  # fmt: skip
def test_a_key_file_says_its_type_size_and_thumbprint(command, tmp_path, alg, says):
    """The thumbprint is the kid under which sign and jwks name such a key."""
    key = jwt.Key.generate(alg)
    private = key.to_pem(private=True, unprotected=True)
    for text in (private, key.public().to_pem()):
        (tmp_path / "key").write_text(text)
        out = command("token", "inspect", "--file", "key").out
        assert says in out
        assert f"thumbprint  {key.kid}, RFC 7638" in out
    assert private.splitlines()[1] not in out


def test_openssh_files_and_certificates_say_it_too(command, tmp_path):
    key = jwt.Key.generate("Ed25519")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer")])
    handle = key.to_handle(private=True)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(handle.public_key()).serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC)).sign(handle, None)
    )  # fmt: skip
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    for text in (key.to_ssh(), key.to_ssh(private=True, unprotected=True), pem):
        (tmp_path / "key").write_text(text)
        out = command("token", "inspect", "--file", "key").out
        assert "OKP, Ed25519" in out
        assert f"thumbprint  {key.kid}" in out


def test_a_key_file_that_holds_no_key_of_ours_says_so(command, tmp_path):
    for text, says in (
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cannot be read"),
        (_foreign_key(), "of a type that no algorithm here takes"),
    ):
        (tmp_path / "key").write_text(text)
        done = command("token", "inspect", "--file", "key")
        assert (done.code, says in done.out) == (0, True)


def _foreign_key() -> str:
    """DSA of made-up numbers: reading it looks at their sizes alone."""
    sizes = dsa.DSAParameterNumbers(p=2**1023 + 1, q=2**159 + 1, g=2)
    return dsa.DSAPublicNumbers(4, sizes).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()  # fmt: skip


def test_one_is_not_counted_as_several(command, things):
    key = json.loads(things["jwk of RSA"])
    one = command("token", "inspect", "-", stdin=json.dumps({"keys": [key]}))
    assert one.out.startswith("A set of 1 key (JWKS)")
    assert command("token", "inspect", things["jwk-set"]).out.startswith("A set of 3 keys")
