"""Canaries: no secret in an error, a record or a command, whatever flow it went through."""

import pytest
from tests.oauth.asking import refresh_with

from watchword.accounts.origin import NOWHERE
from watchword.oauth.errors import OAuthError
from watchword.oauth.grants.refresh_token import parse as parse_refresh
from watchword.oauth.login import login
from watchword.oauth.login_parameters import parse
from watchword.oauth.logout import logout_with_refresh_token

PASSWORD = "a quiet garden at dusk"


class Listening:
    """Passes calls on to a store and writes down their arguments and answers as text."""

    def __init__(self, store, texts):
        self._store = store
        self._texts = texts

    def __getattr__(self, name):
        verb = getattr(self._store, name)

        async def listened(*args, **kwargs):
            self._texts.append(f"{name} {args!r} {kwargs!r}")
            answer = await verb(*args, **kwargs)
            self._texts.append(repr(answer))
            return answer

        return listened


@pytest.fixture
def texts(server):
    """Everything that went to or came from the store, as text."""
    heard = []
    server.store = Listening(server.store, heard)
    server.__post_init__()
    return heard


def fails(server, work):
    with pytest.raises(OAuthError) as refused:
        server.run(work)
    error = refused.value
    chain = [error, error.__cause__, error.__context__ if not error.__suppress_context__ else None]
    return " ".join(f"{each} {each!r} {vars(each)}" for each in chain if each is not None)


@pytest.mark.requirement("oauth:L-14:nothing-logged", "security:48:no-secret-in-texts")
def test_no_flow_shows_a_secret(server, texts):
    """STYLE section 7; oauth.md L-14."""
    document = {"username": "ada", "password": PASSWORD, "client_id": "web"}
    first = server.run(login((), document, NOWHERE, server.login)).issued
    second = server.run(refresh_with({"refresh_token": first.refresh_token.reveal()}, server.token))
    texts += [repr(first), repr(second), repr(parse(document)), repr(server.login)]
    texts.append(repr(parse_refresh({"refresh_token": "canary-token"})))
    wrong = {**document, "password": "canary-password-canary"}
    texts.append(fails(server, login((), wrong, NOWHERE, server.login)))
    server.run(refresh_with({"refresh_token": second.refresh_token.reveal()}, server.token))
    for token in (first, second):
        members = {"refresh_token": token.refresh_token.reveal()}
        texts.append(fails(server, refresh_with(members, server.token)))
        server.run(logout_with_refresh_token((), members, NOWHERE, server.logout))
    texts.append(fails(server, refresh_with({"refresh_token": "canary-token"}, server.token)))
    texts.append(fails(server, refresh_with({"refresh_token": ["canary-list"]}, server.token)))

    everything = "\n".join(texts)
    secrets = [
        PASSWORD,
        "canary",
        "argon2id$v=19$m=8,t=1,p=1$",
        first.access_token.reveal(),
        second.access_token.reveal(),
        *server.chance.secrets,
    ]
    assert len(server.chance.secrets) >= 5
    assert [secret for secret in secrets if secret in everything] == []
    assert "open_family" in everything  # the canaries were looked for where they would be
