"""Calls of encryption that must not type-check.

Each ignore names the error that mypy must report; where it reports none, the ignore is unused and
mypy fails. Nothing runs this file.
"""

from watchword import jwe, jwt

key = jwe.Key.generate("RSA-OAEP-256")
signing_key = jwt.Key.generate("ES256")
signer = jwt.Signer(signing_key, issuer="i", audience="a", typ="at+jwt", lifetime=1)
decrypter = jwe.Decrypter(key, enc=["A256GCM"])
verifier = jwt.Verifier(signing_key, issuer="i", audience="a", typ="at+jwt")

jwe.encrypt(b"x", "secret", enc="A256GCM")  # type: ignore[arg-type]  # text as key
jwe.encrypt(b"x", key)  # type: ignore[call-arg]  # no enc
jwe.encrypt("x", key, enc="A256GCM")  # type: ignore[arg-type]  # text as content
jwe.encrypt(b"x", signing_key, enc="A256GCM")  # type: ignore[arg-type]  # a key for signatures
jwe.encrypt(b"x", key, enc="A256GCM", unsafe_zip=True)  # type: ignore[arg-type]  # no flag
jwe.Decrypter(key)  # type: ignore[call-arg]  # no enc
jwe.Decrypter("secret", enc=["A256GCM"])  # type: ignore[arg-type]  # text as key
jwe.Decrypter(signing_key, enc=["A256GCM"])  # type: ignore[arg-type]  # a key for signatures
jwt.Verifier(key, issuer="i", audience="a", typ="t")  # type: ignore[arg-type]  # J-40
jwt.Signer(key, issuer="i", audience="a", typ="t", lifetime=1)  # type: ignore[arg-type]  # J-40
jwt.KeySet([key])  # type: ignore[list-item]  # J-40
jwt.unnest("t", decrypter=decrypter)  # type: ignore[call-arg]  # no verifier
jwt.unnest("t", verifier=verifier)  # type: ignore[call-arg]  # no decrypter
jwt.nest({}, signer=signer, encrypt_to=signing_key, enc="A256GCM")  # type: ignore[arg-type]  # J-40


def takes_verified(proved: jwt.Verified[jwt.Claims]) -> None: ...


takes_verified(decrypter.decrypt("t"))  # type: ignore[arg-type]  # decrypted is not verified
