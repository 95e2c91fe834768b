"""The device code grant: what the gate checks of the store's answer.

Source: RFC 8628 section 3.5; security.md rule 61. The polls themselves are in `tests/flows`.
"""

from dataclasses import replace

import pytest
from tests.oauth.asking import ask

from watchword.oauth.clients import Client
from watchword.oauth.errors import InvalidGrant, InvalidRequest, OAuthError
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.grants import device_code

GRANT = device_code.GRANT.grant_type
FORM = {"grant_type": GRANT, "device_code": "d" * 43, "client_id": "tv"}
CODES = {
    Refusal.PENDING: "authorization_pending",
    Refusal.TOO_SOON: "slow_down",
    Refusal.EXPIRED: "expired_token",
    Refusal.DENIED: "access_denied",
    Refusal.UNKNOWN: "invalid_grant",
    Refusal.REUSED: "invalid_grant",
    Refusal.USER_INACTIVE: "invalid_grant",
}


class Answering:
    """A store that answers polls as it is told to."""

    def __init__(self, store, answer):
        self.store = store
        self.answer = answer

    def __getattr__(self, name):
        return getattr(self.store, name)

    async def redeem_device_code(self, command):
        return self.answer(command)


@pytest.fixture
def poll(server):
    tv = Client("tv", "TV", False, False, None, grant_types=frozenset({GRANT, "refresh_token"}))
    server.run(server.store.register_client(tv))

    def call(answer, **form):
        ctx = replace(
            server.token, issue=replace(server.issue, store=Answering(server.store, answer))
        )
        return server.run(ask({**FORM, **form}, ctx))

    return call


@pytest.mark.requirement("rfc8628:3.5:polling")
@pytest.mark.parametrize("refusal", CODES, ids=lambda refusal: refusal.value)
def test_each_refusal_has_the_word_of_its_standard(poll, refusal):
    """RFC 8628 section 3.5."""
    with pytest.raises(OAuthError) as refused:
        poll(lambda _: Refused(refusal))
    assert (refused.value.code, refused.value.status) == (CODES[refusal], 400)
    assert refusal.value in refused.value.detail
    assert "refresh" not in refused.value.public


def test_device_code_is_needed(poll):
    with pytest.raises(InvalidRequest, match="device_code is missing"):
        poll(lambda _: Refused(Refusal.UNKNOWN), device_code="")


def test_unknown_code_is_invalid(server, poll):
    with pytest.raises(InvalidGrant):
        server.run(ask(FORM, server.token))


def answering(server, **changes):
    facts = server.log_in().facts

    def answer(command):
        fitting = replace(
            facts,
            client_id=command.client_id,
            family_id=command.family.family_id,
            sid=command.session.sid,
            generation_id=command.family.refresh.generation_id,
        )
        return replace(fitting, **changes)

    return answer


def test_answer_that_fits_is_signed(server, poll):
    assert poll(answering(server)).expires_in == 300


@pytest.mark.requirement("oauth:0.8:facts-checked")
@pytest.mark.parametrize(
    "changes", [{"client_id": "web"}, {"family_id": "fam_other"}, {"sid": "sid_other"}]
)
def test_nothing_is_signed_that_was_not_asked(server, poll, changes):
    """security.md rule 61."""
    with pytest.raises(OAuthError, match="RedeemDeviceCode contradicts"):
        poll(answering(server, **changes))
