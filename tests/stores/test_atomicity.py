"""Every verb, failing at its first statement, its second, and so on: nothing half is left.

Source: security.md 6.1 (n-th call loop) and I8; oauth.md S-4.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import apsw
import asyncpg
import pytest

from watchword.accounts.levels import Method, Proof
from watchword.accounts.links import LinkPurpose
from watchword.accounts.origin import NOWHERE
from watchword.accounts.password_change import ChangePassword, OtherSessions
from watchword.accounts.person.deletion import DeleteAccount
from watchword.accounts.person.profile import UpdateProfile
from watchword.accounts.recovery import SpendCode
from watchword.accounts.sessions import RaiseSession
from watchword.accounts.users import NewUser
from watchword.oauth.authorize.interactions import AnswerInteraction
from watchword.oauth.client_tokens import IssueToClient
from watchword.oauth.clients import Declared, TokenFormat
from watchword.oauth.codes import NewCode
from watchword.oauth.connections import Disconnect
from watchword.oauth.device_codes import (
    ClaimDeviceCode,
    DecideDeviceCode,
    Decision,
    NewDeviceCode,
)
from watchword.oauth.families import (
    NewOpaqueToken,
    NewRefreshToken,
    OpenFamily,
    OpenFamilyInSession,
    RevokeByRefreshToken,
)
from watchword.oauth.registration.records import ChangedRegistration
from watchword.stores import Store, StoreError, open_store, postgresql
from watchword.stores.sqlite.connection import Connection
from watchword.stores.statement import Rows, Step
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.device_codes import new_device_code, polling
from watchword.testing.store_conformance.documents import DOCUMENT
from watchword.testing.store_conformance.flows import new_code
from watchword.testing.store_conformance.flows import redeeming as redeeming_code
from watchword.testing.store_conformance.interactions import new_consent, new_request
from watchword.testing.store_conformance.keys import KEY
from watchword.testing.store_conformance.links import redeeming
from watchword.testing.store_conformance.registrations import INITIAL, NEXT, TOKEN, registration
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    NOW,
    ORIGIN,
    OTHER_CLIENT,
    OTHER_HASH,
    OTHER_RESOURCE,
    Login,
)

MAIL = replace(OTHER_RESOURCE, token_format=TokenFormat.OPAQUE)
KEPT = replace(DOCUMENT, client=replace(DOCUMENT.client, client_id="https://app.example/kept.json"))
SWITCHED_OFF = replace(OTHER_CLIENT, client_id="off", secret_hash=b"s" * 32)
STATEMENTS_MAX = 40  # more than any verb has


@dataclass(frozen=True)
class Scene:
    world: World
    store: Store
    login: Login
    spent: Login
    reused: NewRefreshToken
    sid: str
    cookie: bytes | None
    link: Any
    code: Any
    interaction: str
    registered: str
    bought_by: NewCode
    device: NewDeviceCode

    @property
    def user_id(self) -> str:
        return self.login.facts.user.id


UseCase = Callable[[Scene], Awaitable[object]]

# Each changes something, so that a failure half-way would show.
USE_CASES: dict[str, UseCase] = {
    "add_user": lambda s: s.store.add_user(NewUser("u", "new", HASH, frozenset({"a", "b"}), NOW)),
    "suspend_user": lambda s: s.store.suspend_user(s.user_id, now=NOW),
    "assign_role": lambda s: s.store.assign_role(s.user_id, "admin", now=NOW),
    "remove_role": lambda s: s.store.remove_role(s.user_id, "editor", now=NOW),
    "upgrade_password_hash": lambda s: s.store.upgrade_password_hash(
        s.user_id, old=HASH, new=OTHER_HASH, must_change=True
    ),
    "open_session": lambda s: s.store.open_session(
        s.world.session(), user_id=s.user_id, password_hash=HASH, now=NOW
    ),
    "raise_session": lambda s: s.store.raise_session(
        RaiseSession(s.sid, s.cookie, b"c" * 32, (Proof(Method.TOTP, NOW),), ORIGIN, NOW)
    ),
    "end_own_session": lambda s: s.store.end_own_session(s.user_id, s.login.facts.sid, now=NOW),
    "end_sessions": lambda s: s.store.end_sessions(s.user_id, keep=s.sid, now=NOW),
    "end_session": lambda s: s.store.end_session(s.login.facts.sid, now=NOW),
    "add_link": lambda s: s.store.add_link(s.world.link(s.user_id)),
    "redeem_link": lambda s: s.store.redeem_link(redeeming(s.link)),
    "spend_code": lambda s: s.store.spend_code(
        SpendCode(s.code.token_hash, s.world.link(s.user_id), NOW)
    ),
    "register_client": lambda s: s.store.register_client(replace(OTHER_CLIENT, is_default=True)),
    "register_resource": lambda s: s.store.register_resource(
        replace(OTHER_RESOURCE, is_default=True)
    ),
    "declare": lambda s: s.store.declare(
        Declared((replace(CLIENT, client_id="c"),), (), only_resource=OTHER_RESOURCE), now=NOW
    ),
    "add_client": lambda s: s.store.add_client(replace(OTHER_CLIENT, client_id="c"), now=NOW),
    "register_dynamic": lambda s: s.store.register_dynamic(registration(fingerprint=b"f" * 32)),
    "register_equal": lambda s: s.store.register_dynamic(
        replace(registration(fingerprint=b"e" * 32), initial_token_hash=INITIAL.token_hash)
    ),
    "change_registration": lambda s: s.store.change_registration(
        ChangedRegistration(replace(OTHER_CLIENT, client_id=s.registered), TOKEN, NEXT)
    ),
    "end_registration": lambda s: s.store.end_registration(s.registered, TOKEN, now=NOW),
    "add_registration_token": lambda s: s.store.add_registration_token(
        replace(INITIAL, token_hash=b"j" * 32)
    ),
    "keep_document": lambda s: s.store.keep_document(DOCUMENT),
    "keep_changed_document": lambda s: s.store.keep_document(
        replace(KEPT, client=replace(KEPT.client, redirect_uris=()))
    ),
    "disable_client": lambda s: s.store.disable_client(CLIENT.client_id, now=NOW),
    "enable_client": lambda s: s.store.enable_client(SWITCHED_OFF.client_id, now=NOW),
    "replace_client_ways": lambda s: s.store.replace_client_ways(
        replace(CLIENT, redirect_uris=("https://other.example/cb",)), before=CLIENT
    ),
    "remove_client": lambda s: s.store.remove_client(SWITCHED_OFF.client_id, now=NOW),
    "replace_client_secret": lambda s: s.store.replace_client_secret(
        SWITCHED_OFF.client_id, b"h" * 32
    ),
    "add_first_signing_key": lambda s: s.store.add_first_signing_key(KEY),
    "add_interaction": lambda s: s.store.add_interaction(new_request(), now=NOW),
    "answer_interaction": lambda s: s.store.answer_interaction(
        AnswerInteraction(
            s.interaction, new_code(s.user_id), (new_consent(s.user_id, now=NOW + 1),), NOW
        )
    ),
    "open_family": lambda s: s.store.open_family(s.world.opening(s.user_id)),
    "open_family_in_session": lambda s: s.store.open_family_in_session(
        OpenFamilyInSession(s.sid, s.world.family(), ORIGIN, NOW + 1)
    ),
    "rotate_live": lambda s: s.world.present(s.login.token, now=NOW + 100),
    "rotate_reused": lambda s: s.world.present(s.reused, now=NOW + 100),
    "rotate_spent": lambda s: s.world.present(s.spent.token, now=NOW + 100),
    "update_profile": lambda s: s.store.update_profile(
        UpdateProfile(s.user_id, "A.", None, NOWHERE, s.sid, NOW)
    ),
    "change_password": lambda s: s.store.change_password(
        ChangePassword(s.user_id, OTHER_HASH, OtherSessions.END, s.sid, b"c" * 32, NOWHERE, NOW + 1)
    ),
    "disconnect": lambda s: s.store.disconnect(
        Disconnect(s.user_id, CLIENT.client_id, NOWHERE, s.sid, NOW)
    ),
    "delete_account": lambda s: s.store.delete_account(DeleteAccount(s.user_id, None, NOW)),
    "redeem_code": lambda s: s.store.redeem_code(redeeming_code(s.world, s.bought_by)),
    "redeem_device_code": lambda s: s.store.redeem_device_code(polling(s.world, s.device)),
    "add_device_code": lambda s: s.store.add_device_code(new_device_code()),
    "issue_to_client": lambda s: s.store.issue_to_client(
        IssueToClient(
            CLIENT, MAIL.identifier, ("mail:read",), "tok_1", NewOpaqueToken(b"o" * 32, 300), NOW
        )
    ),
    "open_family_opaque": lambda s: s.store.open_family(opaque_login(s)),
    "revoke_by_refresh_token": lambda s: s.store.revoke_by_refresh_token(
        RevokeByRefreshToken(s.login.token.token_hash, CLIENT.client_id, NOW)
    ),
}


def opaque_login(scene: Scene) -> OpenFamily:
    """Return a login whose access token is stored."""
    command = scene.world.opening(scene.user_id)
    token = replace(command.family.refresh, opaque=NewOpaqueToken(b"t" * 32, 300))
    family = replace(command.family, resource=MAIL.identifier, refresh=token)
    return replace(command, family=family)


class Fault:
    """Lets a number of statements pass and fails the next."""

    def __init__(self) -> None:
        self.passing: int | None = None

    def strikes(self) -> bool:
        if self.passing is None:
            return False
        self.passing -= 1
        return self.passing < 0


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    fault = Fault()
    on_sqlite, on_postgresql = Connection.execute, postgresql._execute

    def execute(self: Connection, step: Step) -> Rows:
        if fault.strikes():
            raise apsw.IOError("disk I/O error")
        return on_sqlite(self, step)

    async def execute_there(connection: Any, step: Step) -> Rows:
        if fault.strikes():
            raise asyncpg.DiskFullError("could not extend file")
        return await on_postgresql(connection, step)

    monkeypatch.setattr(Connection, "execute", execute)
    monkeypatch.setattr(postgresql, "_execute", execute_there)
    return fault


async def scene_of(store: Store) -> Scene:
    world = World(store)
    await world.furnish()
    login = await world.log_in(await world.user(roles=frozenset({"editor"})))
    spent = await world.log_in(login.facts.user.id)
    await world.refresh(spent.token, now=NOW + 1)
    reused = await world.log_in(login.facts.user.id)
    await world.refresh(await world.refresh(reused.token, now=NOW + 1), now=NOW + 2)
    opened = world.session()
    await store.open_session(opened, user_id=login.facts.user.id, password_hash=HASH, now=NOW)
    link = world.link(login.facts.user.id)
    await store.add_link(link)
    code = replace(world.link(login.facts.user.id), purpose=LinkPurpose.MAIL_CODE)
    await store.add_link(code)
    cookie = opened.cookie_hash
    await store.add_client(SWITCHED_OFF, now=NOW)
    await store.disable_client(SWITCHED_OFF.client_id, now=NOW)
    begun = new_request()
    await store.add_interaction(begun, now=NOW)
    allowed = AnswerInteraction(
        None, new_code(login.facts.user.id), (new_consent(login.facts.user.id),), NOW
    )
    await store.answer_interaction(allowed)
    await store.add_registration_token(INITIAL)
    await store.keep_document(KEPT)
    own, shared = registration(), registration(fingerprint=b"e" * 32)
    for asked in (own, shared):
        await store.register_dynamic(asked)
    one = own.client.client_id
    bought_by = new_code(login.facts.user.id)
    await store.add_code(bought_by)
    device = new_device_code()
    typed = (device.user_code_hash, login.facts.user.id, opened.sid)
    await store.add_device_code(device)
    await store.claim_device_code(ClaimDeviceCode(*typed, NOW))
    await store.decide_device_code(DecideDeviceCode(*typed, Decision.ALLOWED, NOW))
    await store.register_resource(MAIL)
    once = (login, spent, reused.token)
    made = (link, code, begun.id, one, bought_by, device)
    return Scene(world, store, *once, opened.sid, cookie, *made)


@pytest.mark.parametrize("name", USE_CASES)
@pytest.mark.requirement("stores:atomic", "oauth:S-4:one-transaction")
def test_failure_at_any_statement_leaves_nothing(
    name: str, store_url: str, rows: Any, fault: Fault
) -> None:
    async def fail_everywhere() -> None:
        async with await open_store(store_url) as store:
            scene = await scene_of(store)
            before = await rows.everything(store)
            for statements in range(STATEMENTS_MAX):
                fault.passing = statements
                try:
                    await USE_CASES[name](scene)
                except StoreError:
                    fault.passing = None
                    assert await rows.everything(store) == before
                    continue
                fault.passing = None
                assert statements > 0
                assert await rows.everything(store) != before
                return
        raise AssertionError("the verb never came to its end")

    asyncio.run(fail_everywhere())
