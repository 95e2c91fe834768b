"""User codes: how they are made, read and stored; and what happens when one cannot be had.

Source: RFC 8628 section 6.1; oauth.md S-1.
"""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oauth.conftest import FILES

from watchword.accounts.levels import Method, Proof
from watchword.accounts.origin import NOWHERE, Origin
from watchword.accounts.sessions import SESSION_LIMITS, new_browser_session
from watchword.base import chance
from watchword.base.chance import new_secret
from watchword.base.secrets import Secret, digest
from watchword.oauth.clients import AuthMethod, Client
from watchword.oauth.device_authorization import (
    DEVICE_CODES,
    DeviceContext,
    UserCodeUnknown,
    authorize_device,
    decide,
    type_code,
)
from watchword.oauth.device_codes import (
    LETTERS,
    Decision,
    hash_user_code,
    make_user_code,
    read_user_code,
)
from watchword.oauth.errors import InvalidClient, OAuthError, TooManyRequests
from watchword.oauth.grants import device_code

PEPPER = b"p" * 32
TV = Client(
    "tv",
    "TV",
    is_first_party=False,
    is_default=False,
    scopes=None,
    grant_types=frozenset({device_code.GRANT.grant_type}),
)


class Bytes:
    """Chance that gives out what it is told to."""

    def __init__(self, data):
        self.data = data

    def token_bytes(self, count):
        given_out, self.data = self.data[:count], self.data[count:]
        return given_out


@given(st.binary(min_size=64, max_size=64))
@pytest.mark.requirement("rfc8628:6.1:letters")
def test_code_is_read_as_it_was_made_however_it_is_typed(data):
    """RFC 8628 section 6.1."""
    code = make_user_code(Bytes(data + bytes(8)))
    text = code.reveal()
    assert set(text) <= {*LETTERS, "-"}
    for typed in (text, text.lower(), text.replace("-", ""), f" {text[:3]} {text[3:]}\t"):
        assert read_user_code(typed).reveal() == text


@given(st.text(max_size=40))
def test_other_texts_are_no_code(text):
    letters = [c for c in text.upper() if c != "-" and not c.isspace()]
    read = read_user_code(text)
    is_code = len(letters) == 8 and set(letters) <= set(LETTERS)
    assert (read is not None) == is_code


@pytest.mark.requirement("rfc8628:6.1:letters")
def test_letters_spell_no_word_and_read_as_no_digit():
    assert set(LETTERS) == set(string.ascii_uppercase) - set("AEIOUY")
    assert len(LETTERS) ** 8 > 2**34


def test_bytes_that_would_favour_some_letters_are_thrown_away():
    made = make_user_code(Bytes(bytes([0, 240, 255, 19, 20, 1, 239, 2, 3, 4, 5])))
    assert made.reveal() == "BZBC-ZDFG"


@pytest.mark.requirement("oauth:S-1:user-code")
def test_database_holds_a_hash_that_needs_the_pepper():
    """oauth.md S-1: 2^34 codes could be tried against a plain hash."""
    code = Secret("WDJB-MJHT")
    stored = hash_user_code(code, pepper=PEPPER)
    assert stored == hash_user_code(code, pepper=PEPPER)
    assert stored != hash_user_code(code, pepper=b"q" * 32)
    assert stored != digest(code)


@pytest.fixture
def devices(server):
    server.run(server.store.register_client(TV))
    return DeviceContext(
        proving=server.proving,
        store=server.store,
        clock=server.clock,
        chance=server.chance,
        verification_uri="https://id.example/auth/device",
        pepper=PEPPER,
        throttle_key=b"t" * 32,
    )


@pytest.fixture
def session(server):
    new = new_browser_session(
        new_secret(server.chance),
        proofs=(Proof(Method.PASSWORD, server.clock.now()),),
        limits=SESSION_LIMITS,
        origin=NOWHERE,
        now=server.clock.now(),
        chance=server.chance,
    )
    return server.run(
        server.store.open_session(
            new, user_id="user_ada", password_hash=None, now=server.clock.now()
        )
    )


def begin(server, devices, origin=NOWHERE, **form):
    return server.run(authorize_device((), {"client_id": "tv", **form}, origin, devices))


@pytest.mark.requirement("security:73:throttled")
def test_codes_for_a_network_are_bounded(server, devices, monkeypatch):
    """RFC 8628 section 5.1: each code that waits is one more that a guess may hit."""
    few = replace(DEVICE_CODES, burst=2, interval_seconds=60)
    monkeypatch.setattr("watchword.oauth.device_authorization.DEVICE_CODES", few)
    here, there = Origin("192.0.2.1", None), Origin("192.0.2.2", None)
    begin(server, devices, here)
    begin(server, devices, here)
    with pytest.raises(TooManyRequests) as refused:
        begin(server, devices, here)
    assert (refused.value.status, refused.value.retry_after) == (429, 60)
    begin(server, devices, there)
    begin(server, devices)  # of no network
    proved = {"client_id": "box", "client_secret": "s" * 43}
    box = replace(
        TV,
        client_id="box",
        auth_methods=frozenset({AuthMethod.CLIENT_SECRET_POST}),
        secret_hash=digest("s" * 43),
    )
    server.run(server.store.register_client(box))
    begin(server, devices, here, **proved)
    server.clock.pass_seconds(60)
    begin(server, devices, here)


class Taken:
    """A store in which every user code is somebody's, or one whose client goes away."""

    def __init__(self, store, **answers):
        self.store = store
        self.answers = answers

    def __getattr__(self, name):
        if name not in self.answers:
            return getattr(self.store, name)

        async def answer(*_, **__):
            return self.answers[name]

        return answer


def test_user_code_that_is_taken_is_drawn_anew_and_not_for_ever(server, devices):
    object.__setattr__(devices, "store", Taken(server.store, add_device_code=False))
    with pytest.raises(OAuthError, match="taken"):
        begin(server, devices)


@pytest.mark.parametrize("origin", [NOWHERE, Origin("192.0.2.7", "A browser")])
def test_typed_code_says_who_waits(server, devices, session, origin):
    begun = begin(server, devices, resource="files", scope="files:read")
    typed = begun.user_code.reveal()
    waiting = server.run(type_code(typed, session, origin, devices))
    assert (waiting.client, waiting.resource, waiting.scopes) == (TV, FILES, ("files:read",))
    assert waiting.created_at == server.clock.now()
    assert server.run(decide(typed, Decision.ALLOWED, session, devices)) == waiting
    with pytest.raises(UserCodeUnknown):
        server.run(decide(typed, Decision.DENIED, session, devices))


def test_try_that_was_never_compared_is_not_counted(server, devices, session):
    """security.md rule 35: an outage takes nobody's tries away."""
    typed = begin(server, devices).user_code.reveal()
    answers = [OSError("the disk")] * 40

    class Failing(Taken):
        async def claim_device_code(self, command):
            if answers:
                raise answers.pop()
            return await self.store.claim_device_code(command)

    object.__setattr__(devices, "store", Failing(server.store))
    for _ in range(40):
        with pytest.raises(OSError, match="the disk"):
            server.run(type_code(typed, session, NOWHERE, devices))
    assert server.run(type_code(typed, session, NOWHERE, devices)).client == TV


def test_client_that_is_gone_waits_for_nothing(server, devices, session):
    typed = begin(server, devices).user_code.reveal()
    server.run(server.store.disable_client("tv", now=server.clock.now()))
    with pytest.raises(UserCodeUnknown):
        server.run(type_code(typed, session, NOWHERE, devices))


def test_client_whose_document_is_refused_meanwhile_waits_for_nothing(server, devices, session):
    """Its person gets the page of a code that nobody waits for, not the refusal of a client."""

    class Refusing(Taken):
        async def find_client(self, client_id):
            raise InvalidClient(detail=client_id)

    typed = begin(server, devices).user_code.reveal()
    object.__setattr__(devices.proving, "clients", Refusing(server.store))
    with pytest.raises(UserCodeUnknown):
        server.run(type_code(typed, session, NOWHERE, devices))


def test_resource_that_is_gone_waits_for_nothing(server, devices, session):
    typed = begin(server, devices).user_code.reveal()
    clients = Taken(server.store, list_resources=())
    object.__setattr__(devices.proving, "clients", clients)
    with pytest.raises(UserCodeUnknown):
        server.run(type_code(typed, session, NOWHERE, devices))


def test_decision_about_no_code_is_none(server, devices, session):
    with pytest.raises(UserCodeUnknown):
        server.run(decide("no code", Decision.ALLOWED, session, devices))


def test_nothing_of_it_shows_a_secret(server, devices):
    begun = begin(server, devices)
    shown = repr(begun) + repr(devices)
    for secret in (begun.device_code, begun.user_code, Secret(PEPPER.decode())):
        assert secret.reveal() not in shown
    assert new_secret(chance.SYSTEM).reveal() not in shown
