"""The library's refusals in the words of the command line: options instead of Python calls.

The library tells its callers which argument or reader to use. Whoever types a command has neither.
"""

import re

__all__ = ["in_options"]

_SECONDS = re.compile(r"\b([0-9]+) s (?=ago|ahead)")
_UNITS = ((31_557_600, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_ARGUMENTS = "alg|audience|bits|crv|enc|issuer|kid|typ|zip"
# In this order. What a reader is for decides which option takes its place.
_WORDS = (
    (r"; (verify of a Verifier|sdjwt\.Verifier\.verify) reads it",
     "; `watchword token verify` reads it"),
    (r"; jwe\.Decrypter\.decrypt(_json)? reads it", "; `watchword token decrypt` reads it"),
    (r"; the verify_json of jws\.Verifier or sdjwt\.Verifier reads it",
     "; `watchword token inspect` takes it apart"),
    (r"; read it with KeySet\.from_jwks", "; name it with --jwks FILE"),
    (r"; read it with (Key|Secret)\.from_\S+( or Key\.from_cert for a certificate)?",
     "; name it with --key-file FILE"),
    (r"; (read it with|other keys:) jw[et]\.(Key|Secret)\.from_jwk", ""),
    (r"; read DER with Key\.from_der and a JWK with Key\.from_jwk", ""),
    (r"use Secret instead of Key", "name it with --secret-file FILE"),
    (r"use Key instead of Secret", "name it with --key-file FILE"),
    (r"use jwe\.Secret or jwe\.Password",
     "name it with --secret-file FILE, or a password with --password-file FILE"),
    (r"use jwe\.Secret or jwe\.Key", "name its key with --secret-file FILE or --key-file FILE"),
    (r"use jwe\.Password", "name it with --password-file FILE alone"),
    (r"use jwe\.Key", "name it with --key-file FILE"),
    (r'jwt\.Secret\.generate\("(\w+)"\)', r"`watchword token keygen --alg \1 --out FILE`"),
    (r'; read or make them with kid="auto"', ""),
    (r"; write str\(\.\.\.\)", "; write NAME=TEXT, without the colon"),
    (r"; to_jwk\(private=True\) shows it", ""),
    (r"; see leeway", ""),
    (r"; leave password= out", "; leave --password-file out"),
    (r"give its password=", "add --password-file FILE"),
    (r"expires_in=None", "--lifetime none"),
    (r"jwt\.ANY", "any"),
    (r"jwt\.PLAIN", "plain"),
    (rf"\b({_ARGUMENTS})=(True)?", r"--\1"),
)  # fmt: skip


def in_options(text: str) -> str:
    """Return a sentence of the library with options in place of its Python calls."""
    for python, option in _WORDS:
        text = re.sub(python, option, text)
    return _SECONDS.sub(lambda found: f"{_span(int(found[1]))} ", text)


def _span(seconds: int) -> str:
    """Return a number of seconds in the largest unit that it fills."""
    length, unit = next((row for row in _UNITS if seconds >= row[0]), _UNITS[-1])
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'}"
