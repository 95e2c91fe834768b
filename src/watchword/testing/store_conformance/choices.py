"""Families of several resources: a refresh chooses among what was granted, and never widens it.

Source: RFC 8707 section 2.2; oauth.md T-2 and R-3.
"""

from dataclasses import replace

from watchword.base.chance import SYSTEM, new_secret
from watchword.base.secrets import digest
from watchword.oauth.clients import Declared, Resource, TokenFormat
from watchword.oauth.connections import ConnectedFamily
from watchword.oauth.families import (
    Facts,
    NewOpaqueToken,
    NewRefreshToken,
    Refusal,
    Refused,
    Rotated,
    RotateRefreshToken,
    Rotation,
)
from watchword.oauth.introspection import RefreshState
from watchword.oauth.opaque_tokens import OpaqueState
from watchword.oauth.timeline import FamilyLife
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.flows import new_code, redeeming
from watchword.testing.store_conformance.world import (
    CLIENT,
    NOW,
    OTHER_CLIENT,
    OTHER_RESOURCE,
    RESOURCE,
    SCOPES,
    Login,
    World,
    new_token,
)

__all__ = ["CHECKS"]

FIRST, OTHER = RESOURCE.identifier, OTHER_RESOURCE.identifier
QUOTED = """https://api.example/"it's"?a=$.b[0]"""  # every sign that JSON or SQL might trip over
MAIL = ("mail:read", "openid")
GRANTED = {FIRST: SCOPES, OTHER: MAIL, QUOTED: ()}


async def _log_in(world: World) -> Login:
    command = world.opening(await world.user())
    choices = {OTHER: MAIL, QUOTED: ()}
    await world.store.register_resource(replace(OTHER_RESOURCE, identifier=QUOTED))
    command = replace(command, family=replace(command.family, choices=choices))
    facts = kind(await world.store.open_family(command), Facts, "an active user logs in")
    expect((facts.resource, facts.scopes), (FIRST, SCOPES), "the first is the one of the login")
    return Login(facts, command.family.refresh)


def _choosing(
    world: World, token: NewRefreshToken, resource: str | None, *scopes: str, now: int = NOW + 1
) -> RotateRefreshToken:
    asked = frozenset(scopes) if scopes else None
    return replace(world.presenting(token, now=now), resource=resource, scopes=asked)


async def refresh_chooses_among_what_was_granted(world: World) -> None:
    """Each time anew, the first one without a word; the family keeps all of them."""
    login = await _log_in(world)
    token = login.token
    for named, resource in (
        (OTHER, OTHER),
        (None, FIRST),
        (QUOTED, QUOTED),
        (FIRST, FIRST),
        (OTHER, OTHER),
    ):
        command = _choosing(world, token, named)
        answer = kind(await world.store.rotate_refresh_token(command), Rotated, f"for {named}")
        expect(answer.outcome, Rotation.ROTATED, "the token was live")
        expect((answer.facts.resource, answer.facts.scopes), (resource, GRANTED[resource]), "holds")
        declared = {name for name, _ in OTHER_RESOURCE.scopes} if resource != FIRST else {*SCOPES}
        expect(answer.facts.resource_scopes, declared, "the resource is read with it")
        expect(answer.facts.family_id, login.facts.family_id, "it is one family")
        token = command.successor


async def refresh_never_widens_what_was_granted(world: World) -> None:
    """A resource that was not asked for, and scopes of another one; nothing is spent."""
    login = await _log_in(world)
    await world.store.register_resource(replace(OTHER_RESOURCE, identifier="files"))
    for resource, scopes, reason in (
        ("files", (), Refusal.WRONG_RESOURCE),
        ("unknown", (), Refusal.WRONG_RESOURCE),
        ("", (), Refusal.WRONG_RESOURCE),
        (OTHER, SCOPES, Refusal.WRONG_SCOPE),
        (FIRST, MAIL, Refusal.WRONG_SCOPE),
        (None, MAIL, Refusal.WRONG_SCOPE),
        (QUOTED, MAIL[:1], Refusal.WRONG_SCOPE),
    ):
        command = _choosing(world, login.token, resource, *scopes)
        answer = await world.store.rotate_refresh_token(command)
        expect(answer, Refused(reason), f"{resource} and {scopes}")
    foreign = replace(_choosing(world, login.token, OTHER), client_id=OTHER_CLIENT.client_id)
    answer = await world.store.rotate_refresh_token(foreign)
    expect(answer, Refused(Refusal.WRONG_CLIENT), "another client's")
    narrowed = _choosing(world, login.token, OTHER, "mail:read")
    kind(await world.store.rotate_refresh_token(narrowed), Rotated, "nothing was spent")
    single = await world.log_in(login.facts.user.id)
    answer = await world.store.rotate_refresh_token(_choosing(world, single.token, OTHER))
    expect(answer, Refused(Refusal.WRONG_RESOURCE), "of a family with one resource")


async def refresh_rule_counts_whichever_resource_is_named(world: World) -> None:
    """A lost answer may be repeated for another one; a reuse revokes the family of them all."""
    login = await _log_in(world)
    lost = _choosing(world, login.token, OTHER)
    kind(await world.store.rotate_refresh_token(lost), Rotated, "live")
    again = _choosing(world, login.token, None, now=NOW + 2)
    repeated = kind(await world.store.rotate_refresh_token(again), Rotated, "repeated")
    wanted = (Rotation.RETRIED, FIRST)
    expect((repeated.outcome, repeated.facts.resource), wanted, "for the first one")
    dead = _choosing(world, lost.successor, OTHER, now=NOW + 3)
    answer = await world.store.rotate_refresh_token(dead)
    expect(answer, Refused(Refusal.REUSED), "the pair that was replaced is nobody's")
    last = _choosing(world, again.successor, OTHER, now=NOW + 4)
    answer = await world.store.rotate_refresh_token(last)
    expect(answer, Refused(Refusal.REVOKED), "the family ends for every resource")


async def resource_that_is_retired_refuses_alone(world: World) -> None:
    """Tokens for the other ones go on, and what an opaque one stands for is read with its own."""
    files = replace(RESOURCE, identifier="files", is_default=False)
    post = replace(OTHER_RESOURCE, identifier="post", token_format=TokenFormat.OPAQUE)

    async def declare(*resources: Resource) -> None:
        await world.store.declare(Declared((CLIENT,), resources, RESOURCE), now=NOW)

    await declare(files, post)
    opening = world.opening(await world.user())
    family = replace(opening.family, resource="files", choices={"post": MAIL})
    kind(await world.store.open_family(replace(opening, family=family)), Facts, "logged in")
    await declare(post)
    gone = _choosing(world, family.refresh, None)
    answer = await world.store.rotate_refresh_token(gone)
    expect(answer, Refused(Refusal.RESOURCE_INACTIVE), "the first is gone")
    opaque = NewOpaqueToken(digest(new_secret(SYSTEM)), 300)
    command = _choosing(world, family.refresh, "post")
    command = replace(command, successor=replace(new_token(), opaque=opaque))
    facts = kind(await world.store.rotate_refresh_token(command), Rotated, "for the other").facts
    expect(facts.token_format, TokenFormat.OPAQUE, "in the form that it asks for")
    seen = await world.store.read_opaque_token(opaque.token_hash, now=NOW + 2)
    state = kind(seen, OpaqueState, "it lives without the first")
    expect((state.resource, state.scopes, state.facts), ("post", MAIL, facts), "it is for its own")
    await declare(files)
    seen = await world.store.read_opaque_token(opaque.token_hash, now=NOW + 2)
    expect(seen, None, "it ends with its own")
    gone = _choosing(world, command.successor, "post")
    answer = await world.store.rotate_refresh_token(gone)
    expect(answer, Refused(Refusal.RESOURCE_INACTIVE), "nor is there another one")
    command = _choosing(world, command.successor, None)
    kind(await world.store.rotate_refresh_token(command), Rotated, "and the first is back")


async def code_hands_all_its_resources_to_the_family(world: World) -> None:
    """The one that is chosen comes first, in whichever order they were asked."""
    user_id = await world.user()
    for named in (None, FIRST, OTHER):
        code = replace(new_code(user_id), choices={OTHER: MAIL})
        await world.store.add_code(code)
        command = replace(redeeming(world, code), resource=named)
        facts = kind(await world.store.redeem_code(command), Facts, f"{named} is bought")
        first = named or FIRST
        expect((facts.resource, facts.scopes), (first, GRANTED[first]), "what it begins with")
        token = command.family.refresh
        state = await world.store.read_refresh_state(token.token_hash, now=NOW + 3)
        granted = kind(state, RefreshState, "it lives").granted
        expect(granted, {FIRST: SCOPES, OTHER: MAIL}, "the refresh token stands for both")
        expect(next(iter(granted)), first, "in this order")
        for resource in (OTHER, FIRST, None):
            choosing = _choosing(world, token, resource, now=NOW + 3)
            answer = await world.store.rotate_refresh_token(choosing)
            facts = kind(answer, Rotated, f"then {resource}").facts
            wanted = resource or first
            expect((facts.resource, facts.scopes), (wanted, GRANTED[wanted]), "what it holds")
            token = choosing.successor


async def person_sees_every_resource(world: World) -> None:
    """In the list of applications and in the life of the family."""
    login = await _log_in(world)
    user_id, family_id = login.facts.user.id, login.facts.family_id
    (found,) = await world.store.list_connections(user_id, now=NOW + 1)
    family = kind(found, ConnectedFamily, "it is listed")
    expect(family.granted, GRANTED, "each with its scopes")
    expect(family.scopes, {*SCOPES, *MAIL}, "all of them together")
    life = kind(await world.store.read_family_life(user_id, family_id), FamilyLife, "it is theirs")
    expect(life.scopes, (*SCOPES, *MAIL), "of both")


CHECKS = (
    refresh_chooses_among_what_was_granted,
    refresh_never_widens_what_was_granted,
    refresh_rule_counts_whichever_resource_is_named,
    resource_that_is_retired_refuses_alone,
    code_hands_all_its_resources_to_the_family,
    person_sees_every_resource,
)
