"""The same program as main.go: "issue" prints a token, "check" reads one from stdin.

python tokens.py issue HS256 secret.txt alice
python tokens.py check ES256 public.pem < token
"""

import sys
from pathlib import Path

from watchword import jwt

ISSUER = "https://id.example.com"
AUDIENCE = "notes"
METHODS = {"HS256": jwt.HS256, "ES256": jwt.ES256}


def read_key(method: jwt.Algorithm, path: str) -> jwt.Key | jwt.Secret:
    """Read a key for one method, and refuse it here if it is none."""
    text = Path(path).read_text("utf-8")
    if method.family is jwt.HMAC:
        return jwt.Secret(text.strip(), alg=method)
    return jwt.Key.from_pem(text, alg=method)


def issue(method: jwt.Algorithm, key: jwt.Key | jwt.Secret, user: str) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "username": user}
    return jwt.new_with_claims(method, claims, expires_in="15m").signed_string(key)


def check(method: jwt.Algorithm, key: jwt.Key | jwt.Secret, text: str) -> str:
    token = jwt.parse(text, lambda _: key, methods=[method], issuer=ISSUER, audience=AUDIENCE)
    return str(token.claims["username"])


def run(command: str, name: str, path: str, *rest: str) -> str:
    method = METHODS[name]
    key = read_key(method, path)
    if command == "issue":
        return issue(method, key, *rest)
    return check(method, key, sys.stdin.read(16 * 1024).strip())


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{run(*sys.argv[1:])}\n")
    except jwt.Expired:
        sys.exit("the token has expired")
    except jwt.JoseError as error:
        sys.exit(str(error))
