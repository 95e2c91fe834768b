"""What `/me` says."""

import msgspec
import pytest

from watchword.accounts.users import User, UserStatus
from watchword.oauth.access_token import AccessClaims
from watchword.oidc.claims import me

CLAIMS = msgspec.convert(
    {
        "iss": "https://id.example",
        "sub": "user_1",
        "aud": ["notes", "https://id.example"],
        "client_id": "web",
        "iat": 1_800_000_000,
        "exp": 1_800_000_300,
        "jti": "gen_1",
        "scope": "notes:read",
        "auth_time": 1_799_999_000,
        "amr": ["pwd"],
        "sid": "sid_1",
        "fam": "fam_1",
        "roles": ["admin"],
        "preferred_username": "ada",
        "ver": 1,
    },
    AccessClaims,
)


@pytest.mark.requirement("users:U14:me")
def test_person_roles_session_and_token_are_told():
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset({"writer", "admin"}), 2, 0)
    assert me(user, CLAIMS) == {
        "sub": "user_1",
        "preferred_username": "ada",
        "roles": ["admin", "writer"],
        "status": "active",
        "client_id": "web",
        "scope": "notes:read",
        "session": {"sid": "sid_1", "auth_time": 1_799_999_000, "amr": ["pwd"]},
        "token": {"jti": "gen_1", "iat": 1_800_000_000, "exp": 1_800_000_300},
    }


def test_roles_are_those_of_the_store_and_not_of_the_token():
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset(), 2, 0)
    assert me(user, CLAIMS)["roles"] == []
