"""What a signed-in person may know about themselves and this login: the answer of `/me`.

Source: OpenID Connect Core section 5.1 (`sub`, `preferred_username`) and section 2 (`auth_time`,
`amr`); users.md U14.
"""

from watchword.accounts.users import User
from watchword.oauth.access_token import AccessClaims

__all__ = ["me"]


def me(user: User, claims: AccessClaims) -> dict[str, object]:
    """Return the answer of `/me`.

    Args:
        user: as the store has it, so that roles and status are those of this moment.
        claims: of the verified token that asks.
    """
    return {
        "sub": user.id,
        "preferred_username": user.name,
        "roles": sorted(user.roles),
        "status": user.status.value,
        "client_id": claims.client_id,
        "scope": claims.scope,
        "session": {
            "sid": claims.sid,
            "auth_time": claims.auth_time,
            "amr": list(claims.amr),
        },
        "token": {"jti": claims.jti, "iat": claims.iat, "exp": claims.exp},
    }
