"""What is told of a person: to clients by scope and by wish, to themselves at `/me`.

Source: OpenID Connect Core sections 5.1, 5.4 and 5.5 and section 2 (`auth_time`, `acr`, `amr`);
users.md U14; OWASP ASVS 5.0 V7.5.2; decisions/0156.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from watchword.accounts.levels import acr, amr, auth_time
from watchword.accounts.person.card import Card
from watchword.accounts.sessions import ListedSession
from watchword.accounts.users import User
from watchword.oauth.access_token import AccessClaims, acting
from watchword.oauth.claims_request import AskedClaim

__all__ = ["CLAIMS_OF_SCOPE", "CLAIMS_SUPPORTED", "choose", "me", "of_scopes", "person", "session"]

# OpenID Connect Core section 5.4, as far as anything is known here.
CLAIMS_OF_SCOPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "profile": ("name", "preferred_username", "locale"),
        "email": ("email", "email_verified"),
    }
)
_OF_EVERY_TOKEN = ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid")
CLAIMS_SUPPORTED = (
    *_OF_EVERY_TOKEN,
    "at_hash",
    *(name for names in CLAIMS_OF_SCOPE.values() for name in names),
)


def person(user: User, card: Card | None) -> dict[str, object]:
    """Return all that may be told of a person; what is not known is left out.

    Args:
        user: as the store has it at this moment.
        card: of the user; None where the account went meanwhile.

    Source: OpenID Connect Core sections 5.1 and 5.3.2.
    """
    return {"preferred_username": user.name, **_told(card)}


def of_scopes(known: Mapping[str, object], scopes: Iterable[str]) -> dict[str, object]:
    """Return what these scopes tell of what is known."""
    names = {name for scope in scopes for name in CLAIMS_OF_SCOPE.get(scope, ())}
    return {name: value for name, value in known.items() if name in names}


def choose(known: Mapping[str, object], asked: Mapping[str, AskedClaim]) -> dict[str, object]:
    """Return what is known of what is asked for by name, where the value is one that is wanted.

    Nothing is refused for a claim that cannot come, essential or not (Core section 5.5.1).
    """
    return {
        name: value for name, value in known.items() if name in asked and asked[name].accepts(value)
    }


def me(user: User, claims: AccessClaims, card: Card | None) -> dict[str, object]:
    """Return the answer of `/me`.

    Args:
        user: as the store has it, so that roles and status are those of this moment.
        claims: of the verified token that asks.
        card: of the user; None where the account went meanwhile.
    """
    return {
        "sub": user.id,
        **person(user, card),
        "roles": sorted(user.roles),
        "status": user.status.value,
        "client_id": claims.client_id,
        "scope": claims.scope,
        "session": {
            "sid": claims.sid,
            "auth_time": claims.auth_time,
            "acr": claims.acr,
            "amr": list(claims.amr),
        },
        "token": {"jti": claims.jti, "iat": claims.iat, "exp": claims.exp},
        **acting(next(iter(claims.actors), None)),
    }


def session(listed: ListedSession, *, is_current: bool) -> dict[str, object]:
    """Return one element of the answer of `/me/sessions`.

    Args:
        listed: a live session.
        is_current: whether the token that asks belongs to it.
    """
    return {
        "id": listed.sid,
        "current": is_current,
        "kind": "browser" if listed.has_cookie else "application",
        "applications": list(listed.clients),
        "created_at": listed.created_at,
        "used_at": listed.used_at,
        "idle_expires_at": listed.idle_expires_at,
        "expires_at": listed.expires_at,
        "address": listed.origin.address,
        "device": listed.origin.device,
        "auth_time": auth_time(listed.proofs),
        "acr": acr(listed.proofs),
        "amr": list(amr(listed.proofs)),
        **acting(None if listed.actor is None else listed.actor.user_id),
    }


def _told(card: Card | None) -> dict[str, object]:
    """Return the claims of a card; what is not known is left out (OpenID Connect Core 5.3.2)."""
    if card is None:
        return {}
    told: dict[str, object] = {"name": card.name}
    if card.email is not None:
        told |= {"email": card.email, "email_verified": card.is_email_verified}
    return told if card.locale is None else told | {"locale": card.locale}
