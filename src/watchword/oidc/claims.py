"""What a signed-in person may know about themselves and their logins: `/me` and `/me/sessions`.

Source: OpenID Connect Core section 5.1 (`sub`, `preferred_username`, `name`, `email`) and section 2
(`auth_time`, `acr`, `amr`); users.md U14; OWASP ASVS 5.0 V7.5.2.
"""

from watchword.accounts.card import Card
from watchword.accounts.levels import acr, amr, auth_time
from watchword.accounts.sessions import ListedSession
from watchword.accounts.users import User
from watchword.oauth.access_token import AccessClaims

__all__ = ["me", "session"]


def me(user: User, claims: AccessClaims, card: Card | None) -> dict[str, object]:
    """Return the answer of `/me`.

    Args:
        user: as the store has it, so that roles and status are those of this moment.
        claims: of the verified token that asks.
        card: of the user; None where the account went meanwhile.
    """
    return {
        "sub": user.id,
        "preferred_username": user.name,
        **_told(card),
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
    }


def _told(card: Card | None) -> dict[str, object]:
    """Return the claims of a card; what is not known is left out (OpenID Connect Core 5.3.2)."""
    if card is None:
        return {}
    told: dict[str, object] = {"name": card.name}
    if card.email is not None:
        told |= {"email": card.email, "email_verified": card.is_email_verified}
    return told if card.locale is None else told | {"locale": card.locale}
