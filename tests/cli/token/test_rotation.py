"""Two keys of one issuer: made, used and published by the command line alone."""

import json

import pytest

from watchword import jwt

ANYONE = ("--issuer", "any", "--audience", "any")


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_tokens_of_both_keys_verify_with_the_published_set(command, tmp_path, form, alg):
    """keygen, sign, jwks and verify name a key alike, whatever its file."""
    tokens, kids = [], []
    for name in ("old", "new"):
        path = f"{name}.{form}"
        made = command("token", "keygen", "--alg", alg, "--out", path, "--json")
        kids.append(made.json["kid"])
        words = ("--key-file", path, "--alg", alg, "--claim", f"sub={name}", "--lifetime", "15m")
        signed = command("token", "sign", *words, "--json")
        assert signed.json["header"]["kid"] == kids[-1]
        tokens.append(signed.json["token"])
    published = command("token", "jwks", f"new.{form}", f"old.{form}", "--alg", alg)
    assert [key["kid"] for key in json.loads(published.out)["keys"]] == kids[::-1]
    (tmp_path / "jwks.json").write_text(published.out)
    for token, name in zip(tokens, ("old", "new"), strict=True):
        done = command("token", "verify", token, "--jwks", "jwks.json", *ANYONE)
        assert (done.code, json.loads(done.out)["sub"]) == (0, name)
        assert jwt.peek(token).header.kid == kids[0 if name == "old" else 1]


@pytest.mark.parametrize(
    ("words", "kid"),
    [((), "mine"), (("--kid", "other"), "other"), (("--kid", "none"), None)],
)
def test_the_kid_of_a_jwk_is_kept_replaced_or_left_out(command, words, kid):
    command("token", "keygen", "--alg", "Ed25519", "--out", "key.jwk", "--kid", "mine")
    signed = command("token", "sign", "--key-file", "key.jwk", "--lifetime", "1m", "--json", *words)
    assert signed.json["header"].get("kid") == kid
    assert jwt.peek(signed.json["token"]).header.kid == kid


def test_a_shared_secret_is_named_only_when_asked(command, tmp_path):
    """RFC 7638 section 7: the thumbprint of a guessable secret helps to guess it."""
    (tmp_path / "secret").write_text("s" * 32)
    words = ("--secret-file", "secret", "--alg", "HS256", "--lifetime", "1m", "--json")
    assert "kid" not in command("token", "sign", *words).json["header"]
    assert command("token", "sign", *words, "--kid", "k").json["header"]["kid"] == "k"
