"""Declarations of clients that must type-check, and some that must not.

mypy reads this file; nothing runs it. An ignore that is not needed is an error.
"""

from watchword.base.secrets import Secret
from watchword.server import AuthServer, Settings

auth = AuthServer(Settings())
auth.client("app", name="App", first_party=True, allowed_origins=["https://app.example"])
auth.client(
    "shop",
    name="Shop",
    secret=Secret("s" * 43),
    redirect_uris=("https://shop.example/cb",),
    scopes={"notes:read"},
    require_pkce=True,
)
auth.client("signing", name="Signing", jwks={"keys": []}, id_token_alg="ES256")

auth.client("app")  # type: ignore[call-arg]  # people have to know it by a name
auth.client("app", name="App", colour="blue")  # type: ignore[call-arg]  # no such member
auth.client("app", name="App", secret="s" * 43)  # type: ignore[arg-type]  # a secret is masked
auth.client("app", name="App", first_party="yes")  # type: ignore[arg-type]  # yes or no
