"""Tokens that somebody gets who acts as a user.

Source: users.md U42; RFC 8693 section 4.1; decisions/0281.
"""

from dataclasses import replace

import pytest
from tests.oauth.asking import ask, refresh_with
from tests.oauth.conftest import ISSUER, NOTES

from watchword.accounts.acting import ACTING_SECONDS, ACTS_AS, new_acting_session
from watchword.accounts.administration.audit import Author
from watchword.base import chance
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret, digest
from watchword.jose.jwt.expected import PLAIN
from watchword.jose.jwt.verifier import Verifier
from watchword.oauth.clients import AuthMethod, TokenFormat
from watchword.oauth.errors import InvalidGrant
from watchword.oauth.introspection import IntrospectionContext, introspect
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.flows import new_code

SECRET = "a secret of the resource that is long enough"
SCOPE = ("openid", "offline_access", "notes:read")


@pytest.fixture
def acting(server):
    """Ada, a user, as whom Ben acts."""
    ben = server.add_user("ben", roles=(ACTS_AS,))
    own = World(server.store).session(now=server.clock.now())
    opened = server.run(
        server.store.open_session(own, user_id=ben.id, password_hash=None, now=server.clock.now())
    )
    new = new_acting_session(
        Secret("a cookie"), opened, now=server.clock.now(), chance=chance.SYSTEM
    )
    begun = server.store.begin_acting(
        new, user_id="user_ada", by=Author(ben.id), now=server.clock.now()
    )
    return server.run(begun)


@pytest.fixture
def redeem(server, acting):
    def redeemed(client_id="web", scopes=SCOPE):
        text = new_secret(chance.SYSTEM)
        code = replace(
            new_code("user_ada"),
            code_hash=digest(text),
            client_id=client_id,
            redirect_uri=None,
            code_challenge=None,
            dpop_jkt=None,
            resource=NOTES.identifier,
            scopes=scopes,
            choices={},
            proofs=acting.proofs,
            sid=acting.sid,
            created_at=server.clock.now(),
            expires_at=server.clock.now() + 60,
        )
        server.run(server.store.add_code(code))
        form = {"grant_type": "authorization_code", "code": text.reveal(), "client_id": client_id}
        return server.run(ask(form, server.token))

    return redeemed


def id_token(server, issued, audience):
    verifier = Verifier(
        server.ring.public_keys, issuer=ISSUER, audience=audience, typ=PLAIN, clock=server.clock
    )
    return dict(verifier.verify(issued.id_token.reveal()).claims)


@pytest.mark.requirement("users:U42:acting-in-tokens")
def test_every_token_names_who_acts(server, acting, redeem):
    """RFC 8693 section 4.1."""
    issued = redeem()
    actor = {"sub": "user_ben"}
    assert (server.claims(issued).sub, server.claims(issued).act) == ("user_ada", actor)
    assert id_token(server, issued, "web")["act"] == actor
    form = {"refresh_token": issued.refresh_token.reveal(), "client_id": "web"}
    refreshed = server.run(refresh_with(form, server.token))
    assert server.claims(refreshed).act == actor
    assert id_token(server, refreshed, "web")["act"] == actor


def test_nobody_acts_in_anothers_name(server, acting):
    """A fault of the caller: what it says of who acts contradicts itself."""
    new = World(server.store).session()
    for actor in (None, acting.actor):
        command = replace(new, actor=actor)
        with pytest.raises(ValueError, match="the author is who acts"):
            server.run(
                server.store.begin_acting(
                    command, user_id="user_ada", by=Author("user_cat"), now=server.clock.now()
                )
            )


def test_tokens_of_the_user_name_nobody(server):
    issued = server.log_in(scope="openid notes:read")
    assert server.claims(issued).act is None
    assert "act" not in id_token(server, issued, "web")


@pytest.mark.requirement("users:U42:acting-in-tokens")
@pytest.mark.parametrize("client_id", ["web", "partner"])
def test_no_token_outlives_the_session_whoever_asked_for_offline_access(
    server, acting, redeem, client_id
):
    """A login that goes on without the session would be one that the user never made."""
    issued = redeem(client_id)
    assert issued.facts.sid == acting.sid
    server.clock.pass_seconds(ACTING_SECONDS - 60)
    form = {"refresh_token": issued.refresh_token.reveal(), "client_id": client_id}
    last = server.run(refresh_with(form, server.token))
    assert last.expires_in == 60
    server.clock.pass_seconds(60)
    form["refresh_token"] = last.refresh_token.reveal()
    with pytest.raises(InvalidGrant):
        server.run(refresh_with(form, server.token))


@pytest.mark.requirement("users:U42:acting-in-tokens")
@pytest.mark.parametrize("form", TokenFormat)
def test_introspection_names_who_acts(server, acting, redeem, form):
    """To the resource, of tokens of both kinds; to the client, of its refresh token."""
    resource = replace(NOTES, secret_hash=digest(SECRET), token_format=form)
    server.run(server.store.register_resource(resource))
    client = server.run(server.store.find_client("web"))
    methods = frozenset({AuthMethod.CLIENT_SECRET_POST})
    issued = redeem()
    proof = replace(client, auth_methods=methods, secret_hash=digest(SECRET))
    server.run(server.store.register_client(proof))
    ctx = IntrospectionContext(server.proving, server.store, server.verifier, server.clock)

    def told(token, client_id):
        form = {"client_id": client_id, "client_secret": SECRET, "token": token.reveal()}
        return server.run(introspect((), form, ctx))

    actor = {"sub": "user_ben"}
    assert told(issued.access_token, NOTES.identifier)["act"] == actor
    assert told(issued.refresh_token, "web")["act"] == actor
