"""What `/me` says."""

import msgspec
import pytest

from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import Origin
from watchword.accounts.person.card import Card
from watchword.accounts.sessions import ListedSession
from watchword.accounts.users import User, UserStatus
from watchword.oauth.access_token import AccessClaims
from watchword.oidc.claims import me, session

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
        "acr": "aal1",
        "amr": ["pwd"],
        "sid": "sid_1",
        "fam": "fam_1",
        "roles": ["admin"],
        "preferred_username": "ada",
        "ver": 1,
    },
    AccessClaims,
)
CARD = Card("Ada L.", "de", "ada@example.com", is_email_verified=True)


@pytest.mark.requirement("users:U14:me")
def test_person_roles_session_and_token_are_told():
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset({"writer", "admin"}), 2, 0)
    assert me(user, CLAIMS, CARD) == {
        "sub": "user_1",
        "preferred_username": "ada",
        "name": "Ada L.",
        "email": "ada@example.com",
        "email_verified": True,
        "locale": "de",
        "roles": ["admin", "writer"],
        "status": "active",
        "client_id": "web",
        "scope": "notes:read",
        "session": {"sid": "sid_1", "auth_time": 1_799_999_000, "acr": "aal1", "amr": ["pwd"]},
        "token": {"jti": "gen_1", "iat": 1_800_000_000, "exp": 1_800_000_300},
    }


def test_roles_are_those_of_the_store_and_not_of_the_token():
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset(), 2, 0)
    assert me(user, CLAIMS, None)["roles"] == []


def test_what_is_not_known_of_a_person_is_left_out():
    """OpenID Connect Core section 5.3.2."""
    user = User("user_1", "ada", UserStatus.ACTIVE, frozenset(), 2, 0)
    told = me(user, CLAIMS, Card("ada", None, None, is_email_verified=False))
    assert told["name"] == "ada"
    assert not told.keys() & {"email", "email_verified", "locale"}


def test_session_is_told_with_place_device_and_level():
    """OWASP ASVS 5.0 V7.5.2."""
    listed = ListedSession(
        sid="sid_1",
        has_cookie=True,
        clients=("Web",),
        proofs=(Proof(Method.PASSWORD, 5), Proof(Method.TOTP, 9)),
        created_at=5,
        used_at=11,
        idle_expires_at=60,
        expires_at=100,
        origin=Origin("192.0.2.7", "A browser"),
    )
    assert session(listed, is_current=True) == {
        "id": "sid_1",
        "current": True,
        "kind": "browser",
        "applications": ["Web"],
        "created_at": 5,
        "used_at": 11,
        "idle_expires_at": 60,
        "expires_at": 100,
        "address": "192.0.2.7",
        "device": "A browser",
        "auth_time": 9,
        "acr": "aal2",
        "amr": ["pwd", "otp", "mfa"],
    }
