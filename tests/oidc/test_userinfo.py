"""What userinfo tells; the modules of the Basic plan ask it over HTTP (tests/flows).

Source: OpenID Connect Core sections 5.3 and 5.4; oauth.md N-16.
"""

import pytest

from watchword.oauth.bearer import InsufficientScope
from watchword.oidc.userinfo import userinfo


def told(server, issued, family_id=None):
    family_id = issued.facts.family_id if family_id is None else family_id
    asked = userinfo(issued.facts.user, server.store, scopes=set(issued.scope), family_id=family_id)
    return server.run(asked)


def test_sub_is_told_to_openid_alone(server):
    issued = server.log_in(scope="openid")
    assert told(server, issued) == {"sub": "user_ada"}


def test_scopes_open_what_is_known(server):
    issued = server.log_in(scope="openid profile email")
    assert told(server, issued) == {"sub": "user_ada", "preferred_username": "ada", "name": "ada"}


def test_token_for_something_else_opens_nothing(server):
    issued = server.log_in()
    with pytest.raises(InsufficientScope) as refused:
        told(server, issued)
    assert refused.value.scope == ("openid",)


def test_forgotten_family_asked_for_nothing(server):
    """Between the check of the token and the answer, the sweep may take the row."""
    issued = server.log_in(scope="openid")
    assert told(server, issued, family_id="fam_forgotten") == {"sub": "user_ada"}
