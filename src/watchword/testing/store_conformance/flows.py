"""Logins under way, and authorization codes.

Source: oauth.md L-5 and S-3 to S-5; security.md rules 55, 56 and 60, classes C6 and C7.
"""

from dataclasses import replace

from watchword.accounts.flow import AdvanceFlow, Bindings, Flow, FlowPurpose, NewFlow, Wish
from watchword.accounts.levels import Level, Method, Proof
from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.secrets import digest
from watchword.oauth.claims_request import NOTHING_ASKED, AskedClaim, ClaimsRequest
from watchword.oauth.codes import NewCode, RedeemCode
from watchword.oauth.families import Facts, Refusal, Refused
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.world import (
    CLIENT,
    HASH,
    NOW,
    OTHER_RESOURCE,
    RESOURCE,
    SCOPES,
    World,
)

__all__ = ["CHECKS", "advancing", "new_code", "new_flow", "redeeming"]

BINDINGS = Bindings(FlowPurpose.API, CLIENT.client_id, b"b" * 32)
PROOFS = (Proof(Method.PASSWORD, NOW), Proof(Method.TOTP, NOW + 1))


def new_flow(user_id: str | None = "user_alice") -> NewFlow:
    """Return a login under way with every binding there is."""
    flow = Flow(
        id=new_id(SYSTEM, "flow"),
        purpose=BINDINGS.purpose,
        user_id=user_id,
        client_id=BINDINGS.client_id,
        password_hash=HASH,
        proofs=PROOFS[:1],
        wish=Wish(Level.TWO_FACTORS, 60),
        name="alice",
        sid="sid_1",
        request={"scope": "notes:read"},
    )
    return NewFlow(flow, digest(new_secret(SYSTEM)), BINDINGS, NOW, NOW + 600)


def advancing(new: NewFlow, *, now: int = NOW + 1) -> AdvanceFlow:
    """Return the command that presents a flow's secret as its client would."""
    successor = digest(new_secret(SYSTEM))
    return AdvanceFlow(new.secret_hash, successor, new.bindings, now, now + 600)


def new_code(user_id: str, *, sid: str | None = None) -> NewCode:
    """Return a code with every binding there is."""
    return NewCode(
        code_hash=digest(new_secret(SYSTEM)),
        client_id=CLIENT.client_id,
        redirect_uri="https://app.example/cb",
        code_challenge="c" * 43,
        dpop_jkt="j" * 43,
        resource=RESOURCE.identifier,
        scopes=SCOPES,
        nonce="n",
        user_id=user_id,
        password_hash=HASH,
        proofs=PROOFS,
        sid=sid,
        created_at=NOW,
        expires_at=NOW + 60,
        claims=ClaimsRequest({"name": AskedClaim()}, {"email": AskedClaim(is_essential=True)}),
    )


def redeeming(world: World, code: NewCode, *, now: int = NOW + 2) -> RedeemCode:
    """Return the command that presents a code as its client would."""
    return RedeemCode(
        code_hash=code.code_hash,
        client_id=code.client_id,
        redirect_uri=code.redirect_uri,
        code_challenge=code.code_challenge,
        dpop_jkt=code.dpop_jkt,
        resource=None,
        family=replace(world.family(now=now), client_id=code.client_id, resource="", scopes=()),
        session=replace(world.session(now=now), cookie_hash=None, proofs=()),
        now=now,
    )


async def flow_is_found_by_its_secret_and_bindings_alone(world: World) -> None:
    """Whoever lacks one of them finds nothing, and spends nothing."""
    new = new_flow()
    await world.store.add_flow(new)
    for other in (
        replace(BINDINGS, purpose=FlowPurpose.PAGE),
        replace(BINDINGS, client_id="other"),
        replace(BINDINGS, bound_to=b"x" * 32),
        replace(BINDINGS, bound_to=None),
    ):
        command = replace(advancing(new), bindings=other)
        expect(await world.store.advance_flow(command), None, "a binding differs")
    found = await world.store.find_flow(new.secret_hash, BINDINGS, now=NOW + 1)
    expect(found, new.flow, "a look leaves it as it is")
    command = replace(advancing(new), bindings=replace(BINDINGS, client_id=None))
    expect(await world.store.advance_flow(command), new.flow, "the secret says which client")
    expect(await world.store.advance_flow(advancing(new)), None, "it works once")
    again = replace(new, secret_hash=command.successor_hash)
    expect(await world.store.advance_flow(advancing(again)), new.flow, "the successor works")


async def flow_keeps_what_was_proved(world: World) -> None:
    """Until it ends, which one caller brings about."""
    new = new_flow()
    await world.store.add_flow(new)
    proved = replace(new.flow, proofs=PROOFS)
    await world.store.save_flow(proved)
    command = advancing(new)
    expect(await world.store.advance_flow(command), proved, "the proofs are kept")
    expect(await world.store.end_flow(new.flow.id, now=NOW), True, "it ends")
    expect(await world.store.end_flow(new.flow.id, now=NOW), False, "once")
    again = replace(new, secret_hash=command.successor_hash)
    expect(await world.store.advance_flow(advancing(again)), None, "and leads nowhere after")


async def flow_of_yesterday_is_dead(world: World) -> None:
    """After its idle time, and after the epoch that it was begun in."""
    late, old = new_flow(), new_flow()
    for new in (late, old):
        await world.store.add_flow(new)
    expect(await world.store.advance_flow(advancing(late, now=NOW + 600)), None, "it rested")
    await world.store.bump_epoch(now=NOW)
    expect(await world.store.advance_flow(advancing(old)), None, "it is of an old epoch")


async def live_refresh_token_leads_to_its_session(world: World) -> None:
    """And is not spent by it; a spent one leads nowhere."""
    login = await world.log_in()
    found = await world.store.find_login(login.token.token_hash, CLIENT.client_id, now=NOW + 1)
    expect(found and found.sid, login.facts.sid, "the session is its own")
    other = await world.store.find_login(login.token.token_hash, "other", now=NOW + 1)
    expect(other, None, "another client's token leads nowhere")
    await world.refresh(login.token, now=NOW + 1)
    spent = await world.store.find_login(login.token.token_hash, CLIENT.client_id, now=NOW + 1)
    expect(spent, None, "nor does a spent one")


async def code_buys_what_it_stands_for(world: World) -> None:
    """A session and a family of the proofs, scopes and resource that it was made with."""
    code = new_code(await world.user())
    await world.store.add_code(code)
    facts = kind(await world.store.redeem_code(redeeming(world, code)), Facts, "it is redeemed")
    expect(facts.proofs, PROOFS, "the proofs are the code's")
    expect((facts.resource, facts.scopes), (code.resource, code.scopes), "so is what it is for")
    expect((facts.nonce, facts.claims), (code.nonce, code.claims), "and what it is told of whom")
    asked = await world.store.read_claims_request(facts.family_id)
    expect(asked, code.claims, "which the family remembers")
    expect(await world.store.read_claims_request("fam_0"), NOTHING_ASKED, "an unknown one nothing")
    expect(await world.is_live(facts, now=NOW + 3), True, "the login lives")


async def code_of_a_session_opens_a_family_in_it(world: World) -> None:
    """And none where the session has ended."""
    login = await world.log_in()
    first, second = (new_code(login.facts.user.id, sid=login.facts.sid) for _ in range(2))
    for code in (first, second):
        await world.store.add_code(code)
    facts = kind(await world.store.redeem_code(redeeming(world, first)), Facts, "redeemed")
    expect(facts.sid, login.facts.sid, "in the session that is there")
    await world.store.end_session(login.facts.sid, now=NOW + 2)
    refused = await world.store.redeem_code(redeeming(world, second))
    expect(refused, Refused(Refusal.SESSION_ENDED), "the session is over")


async def lasting_access_has_a_session_of_its_own(world: World) -> None:
    """With `offline_access` a family outlives the session in which it was allowed.

    A first-party client is nobody's to allow it, since nobody is asked.
    """
    login = await world.log_in()
    user_id, sid = login.facts.user.id, login.facts.sid
    shop = replace(CLIENT, client_id="shop", is_first_party=False, is_default=False)
    await world.store.register_client(shop)
    own = replace(new_code(user_id, sid=sid), scopes=(*SCOPES, "offline_access"))
    await world.store.add_code(own)
    facts = kind(await world.store.redeem_code(redeeming(world, own)), Facts, "redeemed")
    expect(facts.sid, sid, "nobody was asked, so it hangs on the session")
    codes = [
        replace(new_code(user_id, sid=sid), client_id="shop", scopes=own.scopes) for _ in range(2)
    ]
    for code in codes:
        await world.store.add_code(code)
    buying = redeeming(world, codes[0])
    facts = kind(await world.store.redeem_code(buying), Facts, "redeemed")
    expect(facts.sid, buying.session.sid, "its session is its own")
    expect(facts.proofs, login.facts.proofs, "of the same proofs")
    await world.store.end_session(sid, now=NOW + 3)
    expect(await world.is_live(facts, now=NOW + 4), True, "it goes on")
    refused = await world.store.redeem_code(redeeming(world, codes[1]))
    expect(refused, Refused(Refusal.SESSION_ENDED), "none begins after the end")
    ended = await world.store.end_sessions(user_id, keep=None, now=NOW + 5)
    expect(ended, 1, "it ends with all sessions")
    expect(await world.is_live(facts, now=NOW + 6), False, "and its tokens with it")


async def every_binding_of_a_code_counts(world: World) -> None:
    """A wrong presentation neither wins nor burns a good code."""
    code = new_code(await world.user())
    await world.store.add_code(code)
    right = redeeming(world, code)
    for reason, wrong in (
        (Refusal.UNKNOWN, replace(right, code_hash=b"another")),
        (Refusal.WRONG_CLIENT, replace(right, client_id="other")),
        (
            Refusal.REDIRECT_URI_DIFFERS,
            replace(right, redirect_uri="https://app.example/other"),
        ),
        (Refusal.VERIFIER_WRONG, replace(right, code_challenge="d" * 43)),
        (Refusal.VERIFIER_MISSING, replace(right, code_challenge=None)),
        (Refusal.WRONG_KEY, replace(right, dpop_jkt=None)),
        (Refusal.WRONG_RESOURCE, replace(right, resource="mail")),
    ):
        expect(await world.store.redeem_code(wrong), Refused(reason), "not bound so")
    late = replace(right, now=NOW + 60)
    expect(await world.store.redeem_code(late), Refused(Refusal.EXPIRED), "a minute")
    unsaid = replace(right, redirect_uri=None)
    kind(await world.store.redeem_code(unsaid), Facts, "the verifier binds it as well")


async def address_may_be_left_out_only_where_a_verifier_binds(world: World) -> None:
    """OAuth 2.1 section 10; and one that was not used may not be presented."""
    user_id = await world.user()
    bare = replace(new_code(user_id), code_challenge=None)
    none = replace(new_code(user_id), redirect_uri=None)
    for code in (bare, none):
        await world.store.add_code(code)
    unsaid = replace(redeeming(world, bare), redirect_uri=None)
    expect(
        await world.store.redeem_code(unsaid),
        Refused(Refusal.REDIRECT_URI_DIFFERS),
        "nothing binds it",
    )
    said = replace(redeeming(world, none), redirect_uri="https://app.example/cb")
    expect(
        await world.store.redeem_code(said), Refused(Refusal.REDIRECT_URI_DIFFERS), "none was used"
    )


async def second_use_of_a_code_revokes_its_family(world: World) -> None:
    """Whoever has all the bindings and comes second shows that the code was stolen."""
    code = new_code(await world.user())
    await world.store.add_code(code)
    facts = kind(await world.store.redeem_code(redeeming(world, code)), Facts, "the first wins")
    again = await world.store.redeem_code(redeeming(world, code, now=NOW + 900))
    expect(again, Refused(Refusal.REUSED), "the second is told")
    expect(await world.is_live(facts, now=NOW + 901), False, "and the family is revoked")


async def code_for_several_resources_buys_one_of_them(world: World) -> None:
    """The first without a word, else the one that is named, with its own scopes.

    Source: RFC 8707 section 2.2.
    """
    user_id, other = await world.user(), OTHER_RESOURCE.identifier
    made = replace(new_code(user_id), choices={other: ("mail:read", "openid")})
    for named, resource, scopes in (
        (None, RESOURCE.identifier, SCOPES),
        (RESOURCE.identifier, RESOURCE.identifier, SCOPES),
        (other, other, ("mail:read", "openid")),
    ):
        code = replace(made, code_hash=digest(new_secret(SYSTEM)))
        await world.store.add_code(code)
        command = replace(redeeming(world, code), resource="files")
        refused = kind(await world.store.redeem_code(command), Refused, "one that was not asked")
        expect(refused.reason, Refusal.WRONG_RESOURCE, "and it spends nothing")
        command = replace(command, resource=named)
        facts = kind(await world.store.redeem_code(command), Facts, f"{named} is bought")
        expect((facts.resource, facts.scopes), (resource, scopes), "what it holds")
        again = kind(await world.store.redeem_code(command), Refused, "a second use")
        expect(again.reason, Refusal.REUSED, "revokes")


CHECKS = (
    code_for_several_resources_buys_one_of_them,
    flow_is_found_by_its_secret_and_bindings_alone,
    flow_keeps_what_was_proved,
    flow_of_yesterday_is_dead,
    live_refresh_token_leads_to_its_session,
    code_buys_what_it_stands_for,
    code_of_a_session_opens_a_family_in_it,
    lasting_access_has_a_session_of_its_own,
    every_binding_of_a_code_counts,
    address_may_be_left_out_only_where_a_verifier_binds,
    second_use_of_a_code_revokes_its_family,
)
