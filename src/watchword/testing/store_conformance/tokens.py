"""Opaque access tokens, and tokens of clients for themselves.

Source: oauth.md section 8, T-2, T-6, S-1; security.md rules 61 and 63.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.secrets import digest
from watchword.oauth.client_tokens import ClientFacts, IssueToClient
from watchword.oauth.clients import AuthMethod, TokenFormat
from watchword.oauth.families import (
    Facts,
    NewOpaqueToken,
    NewRefreshToken,
    Refusal,
    Refused,
)
from watchword.oauth.opaque_tokens import OpaqueState, RevokeOpaqueToken
from watchword.oauth.revocation import RevokeAccessToken
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    LIFETIME,
    NOW,
    OTHER_CLIENT,
    RESOURCE,
    SCOPES,
    World,
    new_token,
)

__all__ = ["CHECKS"]

LIFE = 300
OPAQUE = replace(RESOURCE, token_format=TokenFormat.OPAQUE)
MACHINE = replace(
    OTHER_CLIENT,
    client_id="machine",
    is_first_party=False,
    scopes=None,
    grant_types=frozenset({"client_credentials"}),
    auth_methods=frozenset({AuthMethod.CLIENT_SECRET_BASIC}),
    secret_hash=b"h" * 32,
)


def _opaque(*, narrowed_to: frozenset[str] | None = None) -> NewOpaqueToken:
    return NewOpaqueToken(digest(new_secret(SYSTEM)), LIFE, narrowed_to)


def _pair(opaque: NewOpaqueToken) -> NewRefreshToken:
    return replace(new_token(), opaque=opaque)


async def _log_in(world: World, opaque: NewOpaqueToken) -> tuple[Facts, NewRefreshToken]:
    await world.store.register_resource(OPAQUE)
    command = world.opening(await world.user())
    token = _pair(opaque)
    command = replace(command, family=replace(command.family, refresh=token))
    return kind(await world.store.open_family(command), Facts, "a user logs in"), token


def _asking(opaque: NewOpaqueToken | None = None) -> IssueToClient:
    return IssueToClient(MACHINE, RESOURCE.identifier, SCOPES, new_id(SYSTEM, "tok"), opaque, NOW)


async def _read(world: World, token: NewOpaqueToken, now: int = NOW + 1) -> OpaqueState | None:
    return await world.store.read_opaque_token(token.token_hash, now=now)


async def opaque_token_stands_for_its_pair(world: World) -> None:
    """Who, for whom, by which client, and until when; only a resource that asks has one."""
    opaque = _opaque()
    facts, token = await _log_in(world, opaque)
    expect(facts.token_format, TokenFormat.OPAQUE, "the transaction says what was issued")
    wanted = OpaqueState(
        token.generation_id, CLIENT.client_id, RESOURCE.identifier, SCOPES, NOW, NOW + LIFE, facts
    )
    expect(await _read(world, opaque), wanted, "the state is complete")
    expect(await _read(world, opaque, NOW + LIFE), None, "it expires")
    expect(await _read(world, _opaque()), None, "another one is unknown")
    await world.store.register_resource(RESOURCE)
    unused = _opaque()
    successor = _pair(unused)
    rotated = replace(world.presenting(token, now=NOW + 1), successor=successor)
    await world.store.rotate_refresh_token(rotated)
    expect(await _read(world, unused), None, "of a resource with JWTs nothing is stored")


async def refreshed_opaque_token_may_have_fewer_scopes(world: World) -> None:
    """The family keeps its own; a longer life than the family's is cut."""
    _, token = await _log_in(world, _opaque())
    narrow = replace(_opaque(narrowed_to=frozenset({SCOPES[0]})), lifetime_seconds=2 * LIFETIME)
    command = replace(world.presenting(token, now=NOW + 1), successor=_pair(narrow))
    await world.store.rotate_refresh_token(command)
    state = kind(await _read(world, narrow), OpaqueState, "it lives")
    expect((state.scopes, state.expires_at), (SCOPES[:1], NOW + LIFETIME), "fewer, and not longer")


async def opaque_token_ends_with_what_stands_behind_it(world: World) -> None:
    """Session, family, user, client, resource, epoch, and its own revocation."""
    store = world.store

    async def suspend(facts: Facts) -> None:
        await store.suspend_user(facts.user.id, now=NOW)

    async def end_session(facts: Facts) -> None:
        await store.end_session(facts.sid, now=NOW)

    async def end_sessions(facts: Facts) -> None:
        await store.end_sessions(facts.user.id, keep=None, now=NOW)

    async def begin_epoch(_: Facts) -> None:
        await store.bump_epoch(now=NOW)

    ends: tuple[Callable[[Facts], Awaitable[None]], ...] = (
        suspend,
        end_session,
        end_sessions,
        begin_epoch,
    )
    for number, end in enumerate(ends):
        opaque = _opaque()
        await store.register_resource(OPAQUE)
        command = world.opening(await world.user(f"user{number}"))
        command = replace(command, family=replace(command.family, refresh=_pair(opaque)))
        facts = kind(await store.open_family(command), Facts, "a user logs in")
        kind(await _read(world, opaque), OpaqueState, "it lives")
        await end(facts)
        expect(await _read(world, opaque), None, end.__name__)


async def opaque_token_is_revoked_by_its_client_alone(world: World) -> None:
    """And once; its login goes on."""
    opaque = _opaque()
    facts, _ = await _log_in(world, opaque)

    async def revoke(client_id: str) -> bool:
        command = RevokeOpaqueToken(opaque.token_hash, client_id, NOW + 1)
        return await world.store.revoke_opaque_token(command)

    expect(await revoke(OTHER_CLIENT.client_id), False, "another client's call changes nothing")
    kind(await _read(world, opaque), OpaqueState, "it lives")
    expect(await revoke(CLIENT.client_id), True, "its own ends it")
    expect(await _read(world, opaque), None, "it is dead")
    expect(await revoke(CLIENT.client_id), False, "a second time changes nothing")
    expect(await world.is_live(facts), True, "the login lives")


async def client_gets_a_token_of_its_own(world: World) -> None:
    """From both as they stand; a JWT leaves no row, an opaque one does."""
    store = world.store
    await store.register_client(MACHINE)
    command = _asking()
    wanted = ClientFacts(MACHINE, RESOURCE, SCOPES, command.token_id)
    expect(await store.issue_to_client(command), wanted, "the facts are complete")
    await store.register_resource(OPAQUE)
    opaque = _opaque()
    command = _asking(opaque)
    kind(await store.issue_to_client(command), ClientFacts, "an opaque one")
    state = OpaqueState(
        command.token_id, MACHINE.client_id, RESOURCE.identifier, SCOPES, NOW, NOW + LIFE, None
    )
    expect(await _read(world, opaque), state, "nobody but the client stands behind it")
    await store.register_resource(RESOURCE)
    unused = _opaque()
    kind(await store.issue_to_client(_asking(unused)), ClientFacts, "JWTs again, since it was read")
    expect(await _read(world, unused), None, "nothing is stored")


async def client_that_is_not_what_it_proved_gets_nothing(world: World) -> None:
    """Unknown, with another credential or other grants, or for no resource."""
    store = world.store
    unknown = Refused(Refusal.CLIENT_INACTIVE)
    expect(await store.issue_to_client(_asking()), unknown, "an unknown client")
    for changed in (
        replace(MACHINE, secret_hash=b"n" * 32),
        replace(MACHINE, grant_types=frozenset({"refresh_token"})),
        replace(MACHINE, auth_methods=frozenset({AuthMethod.NONE})),
        replace(MACHINE, jwks="{}"),
    ):
        await store.register_client(changed)
        refused = Refused(Refusal.CREDENTIAL_CHANGED)
        expect(await store.issue_to_client(_asking(_opaque())), refused, "changed meanwhile")
    await store.register_client(MACHINE)
    nowhere = replace(_asking(), resource="nothing")
    refused = Refused(Refusal.RESOURCE_INACTIVE)
    expect(await store.issue_to_client(nowhere), refused, "for no resource")


async def token_of_a_client_lives_until_it_is_revoked(world: World) -> None:
    """The token itself, or the client."""
    store = world.store

    async def is_live(token_id: str, *, client_id: str = MACHINE.client_id) -> bool:
        return await store.is_client_token_live(
            client_id=client_id, token_id=token_id, issued_at=NOW, now=NOW + 1
        )

    expect(await is_live("tok_1"), False, "of an unknown client")
    await store.register_client(MACHINE)
    expect(await is_live("tok_1"), True, "of a known one")
    await store.revoke_access_token(RevokeAccessToken("tok_1", NOW, NOW + LIFE))
    expect(await is_live("tok_1"), False, "revoked")
    expect(await is_live("tok_2"), True, "another one is not")


CHECKS = (
    opaque_token_stands_for_its_pair,
    refreshed_opaque_token_may_have_fewer_scopes,
    opaque_token_ends_with_what_stands_behind_it,
    opaque_token_is_revoked_by_its_client_alone,
    client_gets_a_token_of_its_own,
    client_that_is_not_what_it_proved_gets_nothing,
    token_of_a_client_lives_until_it_is_revoked,
)
