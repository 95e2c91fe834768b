"""Calls of encryption that must type-check. mypy reads this file; nothing runs it."""

from typing import assert_type

from watchword import jwe, jwt

key = jwe.Key.generate("ECDH-ES+A256KW", crv="X25519")
secret = jwe.Secret.generate("dir", enc="A256GCM")
password = jwe.Password("entrap", iterations=8_192)

text = jwe.encrypt(b"x", key.public(), enc="A256GCM", header={"cty": "text/plain"})
assert_type(text, str)
assert_type(jwe.encrypt(b"x", secret, enc="A256GCM", unsafe_zip="DEF"), str)
assert_type(jwe.encrypt_json(b"x", [key, password], enc="A256GCM", aad=b"y"), str)
assert_type(jwe.encrypt_json(b"x", key, enc="A256GCM"), str)

decrypter = jwe.Decrypter([secret, password], enc=["A256GCM"], zip=True)
assert_type(decrypter.decrypt(text), jwe.Decrypted)
assert_type(decrypter.decrypt_json(text).data, bytes)
assert_type(decrypter.decrypt(text).header.cty, str | None)

verifier = jwt.Verifier(jwt.Key.generate("ES256"), issuer="i", audience="a", typ="at+jwt")
assert_type(jwt.unnest(text, decrypter=decrypter, verifier=verifier), jwt.Verified[jwt.Claims])
