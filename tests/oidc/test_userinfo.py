"""What userinfo tells; the modules of the Basic plan ask it over HTTP (tests/flows).

Source: OpenID Connect Core sections 5.3 and 5.4; oauth.md N-16.
"""

import msgspec
import pytest

from watchword.oauth.bearer import InsufficientScope
from watchword.oidc.userinfo import userinfo


def test_sub_is_told_to_openid_alone(server):
    issued = server.log_in(scope="openid")
    ada = issued.facts.user
    assert server.run(userinfo(ada, server.claims(issued), server.store)) == {"sub": ada.id}


def test_scopes_open_what_is_known(server):
    issued = server.log_in(scope="openid profile email")
    told = server.run(userinfo(issued.facts.user, server.claims(issued), server.store))
    assert told == {"sub": "user_ada", "preferred_username": "ada", "name": "ada"}


def test_token_for_something_else_opens_nothing(server):
    issued = server.log_in()
    with pytest.raises(InsufficientScope) as refused:
        server.run(userinfo(issued.facts.user, server.claims(issued), server.store))
    assert refused.value.scope == ("openid",)


def test_forgotten_family_asked_for_nothing(server):
    """Between the check of the token and the answer, the sweep may take the row."""
    issued = server.log_in(scope="openid")
    claims = msgspec.structs.replace(server.claims(issued), fam="fam_forgotten")
    assert server.run(userinfo(issued.facts.user, claims, server.store)) == {"sub": "user_ada"}
