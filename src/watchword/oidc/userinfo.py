"""The userinfo endpoint's answer: what a client may know of the person whose access token it holds.

Source: OpenID Connect Core sections 5.3, 5.4 and 5.5; oauth.md N-16; decisions/0156.
"""

from collections.abc import Set as AbstractSet
from typing import Protocol

from watchword.accounts.person.card import CardStore
from watchword.accounts.users import User
from watchword.oauth.bearer import InsufficientScope
from watchword.oauth.claims_request import ClaimsRequest
from watchword.oauth.scopes import OPENID
from watchword.oidc.claims import choose, of_scopes, person

__all__ = ["UserinfoStore", "userinfo"]


class UserinfoStore(CardStore, Protocol):
    """What the endpoint needs of a store."""

    async def read_claims_request(self, family_id: str) -> ClaimsRequest:
        """Return what the client asked for by name when its login began."""
        ...


async def userinfo(
    user: User, store: UserinfoStore, *, scopes: AbstractSet[str], family_id: str
) -> dict[str, object]:
    """Return what is told of a person.

    Args:
        user: as the store has it at this moment.
        store: where the rest is known.
        scopes: of the access token, which was proved and held against the store.
        family_id: which it belongs to.

    Raises:
        InsufficientScope: the token was not given for OpenID Connect.
    """
    if OPENID not in scopes:
        raise InsufficientScope(OPENID)
    known = person(user, await store.read_card(user.id))
    asked = await store.read_claims_request(family_id)
    told = of_scopes(known, scopes) | choose(known, asked.userinfo)
    return {"sub": user.id, **told}
