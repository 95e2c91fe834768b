"""How issuers write access tokens: RFC 9068, and the products that had tokens before it.

    Guard("https://id.example.com/realms/acme", audience="notes", dialect=keycloak("notes"))

A dialect says where an issuer puts what RFC 9068 has a claim for. It never makes the checks fewer:
issuer, audience, expiry and signature are checked for all, and what an issuer does not say by the
type of its tokens, a dialect asks otherwise, so that no ID token passes for an access token.

Source: RFC 9068 sections 2.2 and 4; RFC 8725 section 3.11; access.md F1. The shapes are those that
Keycloak 26, Auth0 and Microsoft Entra ID document for their access tokens.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.jose.errors import ClaimInvalid, ClaimMissing, ClaimsInvalid
from watchword.jose.jwt.claims import Claims
from watchword.jose.jwt.expected import PLAIN, Plain
from watchword.jose.jwt.verifier import Keys, Verifier
from watchword.oauth.access_token import ACCESS_TOKEN_TYPE, AccessClaims, access_verifier

__all__ = ["RFC9068", "Dialect", "auth0", "entra", "keycloak"]

Path = tuple[str, ...]
_SAME = ("iss", "aud", "iat", "exp", "auth_time", "acr", "amr", "groups", "cnf", "act", "sid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where an issuer's access tokens say what RFC 9068 has a claim for.

    Attributes:
        typ: the explicit type; PLAIN for tokens that have none.
        client: claims of which the first that is there names the client; one of them must be.
        scopes: claims that list scopes, as words in one text or as a list; all count.
        roles: paths to lists of roles; all count.
        name: claims of which the first that is there is the person's name.
        token_id: claims of which the first that is there names the token.
        tenant: claims of which the first that is there names the subject's tenant.
        must: claims that a token must have with this value.
        absent: claims that no access token of the issuer has, and ID tokens do.
    """

    typ: str | Plain = PLAIN
    client: Path = ("client_id", "azp")
    scopes: Path = ("scope",)
    roles: tuple[Path, ...] = (("roles",),)
    name: Path = ("preferred_username",)
    token_id: Path = ("jti",)
    tenant: Path = ("tenant",)
    must: tuple[tuple[str, str], ...] = ()
    absent: Path = ("nonce", "at_hash", "c_hash")

    def verifier(self, keys: Keys, *, issuer: str, audience: str, clock: Clock) -> Verifier[Any]:
        """Return the verifier of one issuer's tokens for one audience."""
        return Verifier(
            keys,
            issuer=issuer,
            audience=audience,
            typ=self.typ,
            claims=Claims,
            require=("sub", "iat"),
            clock=clock,
        )

    def read(self, members: Mapping[str, object]) -> AccessClaims | None:
        """Return the claims of a token that proved good and was refused; None for another kind."""
        try:
            return self.claims(members)
        except ClaimsInvalid:
            return None

    def claims(self, told: Any) -> AccessClaims:
        """Return the claims of a verified token as RFC 9068 names them.

        Raises:
            ClaimMissing, ClaimInvalid: it is no access token, or says something in another form.
        """
        self._check_kind(told)
        client = _first(told, self.client)
        if not isinstance(client, str):
            raise ClaimMissing("an access token names its client", claim=self.client[0])
        members: dict[str, object] = {name: told[name] for name in _SAME if name in told}
        members |= {
            "sub": told["sub"],
            "client_id": client,
            "jti": _first(told, self.token_id) or "",
            "scope": " ".join(_listed(told, ((name,) for name in self.scopes))),
            "roles": tuple(_listed(told, self.roles)),
            "preferred_username": _first(told, self.name) or "",
            "tenant": _first(told, self.tenant),
        }
        try:
            return msgspec.convert(members, AccessClaims)
        except msgspec.ValidationError as error:
            raise ClaimInvalid("a claim has another form", detail=str(error)) from None

    def _check_kind(self, told: Mapping[str, object]) -> None:
        """Refuse what the issuer signed for another purpose."""
        for name, value in self.must:
            if told.get(name) != value:
                raise ClaimInvalid("this is no access token", claim=name)
        for name in self.absent:
            if name in told:
                raise ClaimInvalid("this is an ID token", claim=name)


class _Standard(Dialect):
    """RFC 9068 as it is written; the claims are read as they are checked."""

    __slots__ = ()

    def verifier(
        self, keys: Keys, *, issuer: str, audience: str, clock: Clock
    ) -> Verifier[AccessClaims]:
        """Return the verifier of one issuer's tokens for one audience."""
        return access_verifier(keys, issuer=issuer, audience=audience, clock=clock)

    def read(self, members: Mapping[str, object]) -> AccessClaims | None:
        """Return the claims of a token that proved good and was refused; None for another kind."""
        try:
            return msgspec.convert(members, AccessClaims)
        except msgspec.ValidationError:
            return None

    def claims(self, told: AccessClaims) -> AccessClaims:
        """Return the claims themselves."""
        return told


RFC9068: Dialect = _Standard(typ=ACCESS_TOKEN_TYPE)


def keycloak(client: str | None = None) -> Dialect:
    """Return the dialect of Keycloak, whose roles stand under the realm and under clients.

    Args:
        client: the API's own client, whose roles count beside those of the realm.
    """
    own: tuple[Path, ...] = () if client is None else (("resource_access", client, "roles"),)
    return Dialect(
        client=("azp", "client_id"),
        roles=(("realm_access", "roles"), *own),
        must=(("typ", "Bearer"),),
    )


def auth0(roles: str | None = None) -> Dialect:
    """Return the dialect of Auth0's own token profile; for its RFC 9068 profile there is no need.

    Args:
        roles: the claim, a URL of yours, into which an action writes the roles.

    The permissions of its role-based access control count as scopes.
    """
    return Dialect(
        client=("azp", "client_id"),
        scopes=("scope", "permissions"),
        roles=() if roles is None else ((roles,),),
        name=("nickname", "name"),
    )


def entra() -> Dialect:
    """Return the dialect of Microsoft Entra ID, for one tenant and tokens of version 1 or 2."""
    return Dialect(
        client=("azp", "appid"),
        scopes=("scp",),
        name=("preferred_username", "upn", "name"),
        token_id=("uti", "jti"),
        tenant=("tid",),
    )


def _first(told: Mapping[str, object], names: Path) -> object:
    return next((told[name] for name in names if name in told), None)


def _listed(told: Mapping[str, object], paths: Any) -> Iterator[str]:
    """Return the words that stand at the paths, as one text or as a list of texts."""
    for path in paths:
        found: object = told
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        words = found.split() if isinstance(found, str) else found
        if words is None:
            continue
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ClaimInvalid("the claim lists words", claim=path[0])
        yield from words
