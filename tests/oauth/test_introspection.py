"""What introspection says of a refresh token: all to its client, nothing to anybody else."""

from watchword.accounts.users import User, UserStatus
from watchword.oauth.callers import Asking
from watchword.oauth.introspection import INACTIVE, RefreshState, _of_refresh

OWNER = User("user_ada", "ada", UserStatus.ACTIVE, frozenset(), 1, 0)
STATE = RefreshState(OWNER, "web", "notes", ("notes:read", "notes:write"), 100, 200)


def test_its_client_learns_what_a_refresh_token_stands_for():
    said = _of_refresh(STATE, Asking(client_id="web"))
    assert said == {
        "active": True,
        "sub": "user_ada",
        "username": "ada",
        "client_id": "web",
        "aud": "notes",
        "scope": "notes:read notes:write",
        "iat": 100,
        "exp": 200,
    }


def test_nobody_else_does_not_even_the_resource_it_is_for():
    assert _of_refresh(STATE, Asking(client_id="other")) is INACTIVE
    assert _of_refresh(STATE, Asking(resource="notes")) is INACTIVE
