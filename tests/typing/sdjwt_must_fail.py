"""Calls of selective disclosure that must not type-check.

Each ignore names the error that mypy must report; where it reports none, the ignore is unused and
mypy fails. Nothing runs this file.
"""

from watchword import jwt, sdjwt

key = jwt.Key.generate("ES256")
signer = jwt.Signer(key, issuer="i", audience="a", typ="x+sd-jwt", lifetime=1)
tokens = jwt.Verifier(key, issuer="i", audience="a", typ="x+sd-jwt")

sdjwt.issue(signer, {"email": "x"})  # type: ignore[call-arg]  # what is hidden is written down
sdjwt.issue(key, {}, hide=[])  # type: ignore[arg-type]  # a key is no Signer
sdjwt.issue(signer, {}, hide=[], holder="key")  # type: ignore[arg-type]  # text as key
sdjwt.present("t")  # type: ignore[call-arg]  # what is shown is written down
sdjwt.Verifier(tokens)  # type: ignore[call-arg]  # no policy of key binding
sdjwt.Verifier(tokens, key_binding=True)  # type: ignore[arg-type]  # no flag
sdjwt.Verifier(key, key_binding=sdjwt.not_required)  # type: ignore[arg-type]  # no policy
sdjwt.required(audience="v")  # type: ignore[call-arg]  # no age
sdjwt.required(max_age=60)  # type: ignore[call-arg]  # no audience


def takes_verified(proved: jwt.Verified[jwt.Claims]) -> None: ...


verifier = sdjwt.Verifier(tokens, key_binding=sdjwt.not_required)
takes_verified(verifier.verify("t"))  # type: ignore[arg-type]  # its .verified is meant
