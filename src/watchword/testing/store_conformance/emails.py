"""Addresses, sign-ups and forgotten passwords: each link once, each address for one account.

Source: users.md U46 and U47; security.md rules 29, 37, 43, 46 and 60.
"""

from dataclasses import replace

from watchword.accounts.links import LinkPurpose, NewLink
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.mail.verification import (
    ADDRESSES_MAX,
    ClaimAddress,
    ClaimOutcome,
    ConfirmAddress,
    ConfirmOutcome,
    PrimaryOutcome,
    RemoveAddress,
    RemoveOutcome,
    SetPrimary,
)
from watchword.accounts.origin import NOWHERE
from watchword.accounts.recovery import AskReset, SpendCode
from watchword.accounts.signup import AskSignup, RedeemSignup, SignupOutcome
from watchword.accounts.users import NewUser, User
from watchword.base.chance import SYSTEM, new_id, new_secret
from watchword.base.secrets import digest
from watchword.testing.store_conformance.expectation import expect, kind
from watchword.testing.store_conformance.links import redeeming
from watchword.testing.store_conformance.mail import mail
from watchword.testing.store_conformance.world import HASH, NOW, World

__all__ = [
    "ALICE",
    "CHECKS",
    "answering",
    "asking_for_account",
    "asking_for_password",
    "claiming",
    "confirm",
    "redeeming_signup",
    "spending",
]

ALICE = EmailAddress("Alice@example.com")
BOB = EmailAddress("bob@example.com")
LATE = NOW + 3_600


def claiming(user_id: str, address: EmailAddress = ALICE, *, now: int = NOW) -> ClaimAddress:
    """Return the command that claims an address."""
    token_hash, purpose = digest(new_secret(SYSTEM)), LinkPurpose.VERIFY_EMAIL
    link = NewLink(token_hash, purpose, user_id, now, now + 3_600, address.canonical)
    return ClaimAddress(address, link, mail(now=now), NOWHERE, now)


def answering(claim: ClaimAddress, *, now: int = NOW) -> ConfirmAddress:
    """Return the command that answers the mail to an address."""
    return ConfirmAddress(claim.link.token_hash, NOWHERE, now)


async def confirm(world: World, user_id: str, address: EmailAddress = ALICE) -> None:
    """Give a user a verified address."""
    claim = claiming(user_id, address)
    expect(await world.store.claim_address(claim), ClaimOutcome.ASKED, "an address is claimed")
    confirmed = await world.store.confirm_address(answering(claim))
    expect(confirmed.outcome, ConfirmOutcome.CONFIRMED, "and confirmed")


def asking_for_password(user_id: str, address: EmailAddress = ALICE) -> AskReset:
    """Return the command of a forgotten password."""

    def link(purpose: LinkPurpose) -> NewLink:
        token_hash = digest(new_secret(SYSTEM))
        end = NOW + purpose.lifetime_seconds
        return NewLink(token_hash, purpose, user_id, NOW, end, address.canonical)

    reset, code = link(LinkPurpose.RESET), link(LinkPurpose.MAIL_CODE)
    return AskReset(address.canonical, reset, code, mail(), user_id, NOWHERE, NOW)


def spending(asked: AskReset, *, now: int = NOW) -> SpendCode:
    """Return the command that spends the code of a request on a link of its own."""
    link = replace(asked.link, token_hash=digest(new_secret(SYSTEM)))
    return SpendCode(asked.code.token_hash, link, now)


def asking_for_account(address: EmailAddress = ALICE) -> AskSignup:
    """Return the command of a sign-up."""
    return AskSignup(digest(new_secret(SYSTEM)), address, mail(), LATE, NOW)


def redeeming_signup(
    world: World, asked: AskSignup, *, name: str = "alice", now: int = NOW + 1
) -> RedeemSignup:
    """Return the command that makes an account of a sign-up."""
    user = NewUser(new_id(SYSTEM, "user"), name, HASH, frozenset(), now)
    return RedeemSignup(asked.token_hash, user, world.session(now=now), "fr", now)


async def claimed_address_is_nobodys_until_it_is_confirmed(world: World) -> None:
    """It shows as unverified, finds no account, and has its mail."""
    user_id = await world.user()
    claim = claiming(user_id)
    expect(await world.store.claim_address(claim), ClaimOutcome.ASKED, "it is claimed")
    (owned,) = await world.store.list_emails(user_id)
    seen = (owned.address, owned.is_primary, owned.verified_at)
    expect(seen, (ALICE, False, None), "as it is written, unverified")
    expect(await world.store.find_recipient(ALICE.canonical), None, "it finds no account")
    waiting = await world.store.list_mails(most=10, now=NOW)
    expect([one.claim.mail_id for one in waiting], [claim.mail.id], "the mail waits")


async def confirmed_address_is_the_primary_one_where_there_is_none(world: World) -> None:
    """Looking spends nothing; the link is spent once."""
    user_id = await world.user()
    claim = claiming(user_id)
    await world.store.claim_address(claim)
    for _ in range(2):
        found = await world.store.find_claim(claim.link.token_hash, now=NOW)
        expect(found and (found[0].id, found[1]), (user_id, ALICE), "it can be looked at")
    confirmed = await world.store.confirm_address(answering(claim))
    expect(confirmed.outcome, ConfirmOutcome.CONFIRMED, "the first answer counts")
    (owned,) = await world.store.list_emails(user_id)
    expect((owned.is_primary, owned.verified_at), (True, NOW), "verified and primary")
    owner = await world.store.find_recipient(ALICE.canonical)
    expect(owner and (owner.user.id, owner.address), (user_id, ALICE), "it finds the account")
    again = await world.store.confirm_address(answering(claim))
    expect(again.outcome, ConfirmOutcome.LINK_DEAD, "the link is spent")


async def further_address_is_told_to_the_primary_one(world: World) -> None:
    """Whoever adds an address to an account they have taken over is seen."""
    user_id = await world.user()
    await confirm(world, user_id)
    await confirm(world, user_id, BOB)
    owned = await world.store.list_emails(user_id)
    primary = [(one.address, one.is_primary) for one in owned]
    expect(primary, [(ALICE, True), (BOB, False)], "the primary one stays")
    waiting = await world.store.list_mails(most=10, now=NOW)
    told = [(one.to, one.told and one.told["about"]) for one in waiting if one.sealed is None]
    expect(told, [(ALICE.written, BOB.canonical)], "it is told")


async def address_belongs_to_the_first_who_answers(world: World) -> None:
    """Anybody may claim it; the reader of the mails decides."""
    first, second = await world.user("alice"), await world.user("bob")
    claims = [claiming(first), claiming(second)]
    for claim in claims:
        expect(await world.store.claim_address(claim), ClaimOutcome.ASKED, "all are asked alike")
    outcomes = [(await world.store.confirm_address(answering(claim))).outcome for claim in claims]
    expect(outcomes, [ConfirmOutcome.CONFIRMED, ConfirmOutcome.TAKEN], "one account gets it")


async def later_claim_of_an_address_kills_the_earlier(world: World) -> None:
    """And leaves the claims of other addresses alone."""
    user_id = await world.user()
    earlier, other, later = claiming(user_id), claiming(user_id, BOB), claiming(user_id)
    for claim in (earlier, other, later):
        await world.store.claim_address(claim)
    found = [
        await world.store.find_claim(claim.link.token_hash, now=NOW) is not None
        for claim in (earlier, other, later)
    ]
    expect(found, [False, True, True], "of one address the last link works")


async def addresses_of_an_account_are_few(world: World) -> None:
    """So that nobody sends mails through one account to the whole world."""
    user_id = await world.user()
    outcomes = [
        await world.store.claim_address(claiming(user_id, EmailAddress(f"a{n}@example.com")))
        for n in range(ADDRESSES_MAX + 1)
    ]
    wanted = [ClaimOutcome.ASKED] * ADDRESSES_MAX + [ClaimOutcome.TOO_MANY]
    expect(outcomes, wanted, "ten and no more")
    await confirm(world, await world.user("bob"))
    unknown = await world.store.claim_address(claiming("user_nobody"))
    expect(unknown, ClaimOutcome.UNKNOWN_USER, "and none for nobody")


async def verified_address_is_not_asked_again(world: World) -> None:
    """Its owner has proved it."""
    user_id = await world.user()
    await confirm(world, user_id)
    outcome = await world.store.claim_address(claiming(user_id))
    expect(outcome, ClaimOutcome.ALREADY_VERIFIED, "nothing is sent")


async def primary_address_changes_to_a_verified_one_only(world: World) -> None:
    """The address that was is told by the mail that the command brings."""
    user_id = await world.user()
    await confirm(world, user_id)
    await world.store.claim_address(claiming(user_id, BOB))
    wish = SetPrimary(user_id, BOB.canonical, mail(), NOWHERE, NOW)
    expect(await world.store.set_primary(wish), PrimaryOutcome.NOT_VERIFIED, "not yet")
    await confirm(world, user_id, BOB)
    expect(await world.store.set_primary(wish), PrimaryOutcome.CHANGED, "a verified one may")
    expect(await world.store.set_primary(wish), PrimaryOutcome.UNCHANGED, "once")
    owned = [(one.address, one.is_primary) for one in await world.store.list_emails(user_id)]
    expect(owned, [(BOB, True), (ALICE, False)], "one is primary")
    waiting = {one.claim.mail_id for one in await world.store.list_mails(most=20, now=NOW)}
    expect(wish.told is not None and wish.told.id in waiting, True, "the mail waits")


async def address_can_be_given_up_unless_it_is_the_primary_one(world: World) -> None:
    """What was sent to it opens nothing any more, and somebody else may have it."""
    user_id = await world.user()
    await confirm(world, user_id)
    await confirm(world, user_id, BOB)
    asked = asking_for_password(user_id, BOB)
    await world.store.ask_reset(asked)

    def giving_up(address: EmailAddress) -> RemoveAddress:
        return RemoveAddress(user_id, address.canonical, NOWHERE, NOW)

    outcomes = [
        await world.store.remove_address(giving_up(address)) for address in (ALICE, BOB, BOB)
    ]
    wanted = [RemoveOutcome.PRIMARY, RemoveOutcome.REMOVED, RemoveOutcome.UNKNOWN]
    expect(outcomes, wanted, "the primary one stays")
    expect(await world.store.redeem_link(redeeming(asked.link)), None, "its links are dead")
    await confirm(world, await world.user("bob"), BOB)


async def forgotten_password_is_set_through_the_link_once(world: World) -> None:
    """The logins end, and the code of the same mail is dead."""
    login = await world.log_in()
    user_id = login.facts.user.id
    await confirm(world, user_id)
    asked = asking_for_password(user_id)
    await world.store.ask_reset(asked)
    found = await world.store.find_link(asked.link.token_hash, LinkPurpose.RESET, now=NOW)
    expect(found and found.id, user_id, "the link shows its user")
    kind(await world.store.redeem_link(redeeming(asked.link)), User, "it is redeemed")
    expect(await world.is_live(login.facts, now=NOW + 2), False, "logins are ended")
    expect(await world.store.redeem_link(redeeming(asked.link)), None, "once")
    spent = await world.store.spend_code(spending(asked, now=NOW + 1))
    expect(spent, None, "the code is dead")
    waiting = await world.store.list_mails(most=20, now=NOW)
    told = [one.kind.code for one in waiting if one.sealed is None]
    expect(told, ["password_changed"], "the user is told")


async def code_is_spent_once(world: World) -> None:
    """Within its time."""
    user_id = await world.user()
    await confirm(world, user_id)
    asked = asking_for_password(user_id)
    await world.store.ask_reset(asked)
    late = await world.store.spend_code(spending(asked, now=asked.code.expires_at))
    expect(late, None, "a code that is too old is dead")
    spends = [spending(asked, now=NOW + 1) for _ in range(2)]
    answers = [await world.store.spend_code(spend) for spend in spends]
    expect(answers, [user_id, None], "it is spent once")
    loser = await world.store.redeem_link(redeeming(spends[1].link))
    expect(loser, None, "who loses has no link")
    expect(await world.store.redeem_link(redeeming(asked.link)), None, "the mail's is dead")
    winner = await world.store.redeem_link(redeeming(spends[0].link))
    expect(winner and winner.id, user_id, "the winner has one")


async def password_change_kills_the_link_of_a_code(world: World) -> None:
    """Whichever way the password is set after the code was spent."""
    user_id = await world.user()
    await confirm(world, user_id)
    asked, other = asking_for_password(user_id), world.link(user_id)
    await world.store.ask_reset(asked)
    spend = spending(asked)
    await world.store.spend_code(spend)
    await world.store.add_link(other)
    kind(await world.store.redeem_link(redeeming(other)), User, "another link")
    expect(await world.store.redeem_link(redeeming(spend.link)), None, "the code's is dead")


async def later_request_kills_link_and_code_of_the_earlier(world: World) -> None:
    """The last mail is the one that works."""
    user_id = await world.user()
    await confirm(world, user_id)
    earlier, later = asking_for_password(user_id), asking_for_password(user_id)
    await world.store.ask_reset(earlier)
    await world.store.ask_reset(later)
    expect(await world.store.redeem_link(redeeming(earlier.link)), None, "the link is dead")
    spent = await world.store.spend_code(spending(earlier))
    expect(spent, None, "the code is dead")
    kind(await world.store.redeem_link(redeeming(later.link)), User, "the later one works")


async def reset_link_dies_with_the_state_that_it_was_made_for(world: World) -> None:
    """A password set by another link, another primary address, a confirmed one, an epoch."""
    user_id = await world.user()
    await confirm(world, user_id)

    async def set_password() -> None:
        link = world.link(user_id)
        await world.store.add_link(link)
        kind(await world.store.redeem_link(redeeming(link)), User, "another link")

    async def add_address() -> None:
        await confirm(world, user_id, BOB)

    async def change_primary() -> None:
        await world.store.set_primary(SetPrimary(user_id, BOB.canonical, None, NOWHERE, NOW))

    async def begin_epoch() -> None:
        await world.store.bump_epoch(now=NOW)

    for change in (set_password, add_address, change_primary, begin_epoch):
        asked = asking_for_password(user_id)
        await world.store.ask_reset(asked)
        await change()
        expect(await world.store.redeem_link(redeeming(asked.link)), None, "the link is dead")
        spent = await world.store.spend_code(spending(asked))
        expect(spent, None, "the code is dead")


async def request_for_nobody_writes_a_mail_and_opens_nothing(world: World) -> None:
    """An address that no account has, one that is only claimed, one of a suspended account."""
    user_id = await world.user()
    await world.store.claim_address(claiming(user_id))
    suspended = await world.user("bob")
    await confirm(world, suspended, BOB)
    await world.store.suspend_user(suspended, now=NOW)
    for owner, address in (
        (user_id, ALICE),
        (suspended, BOB),
        (user_id, EmailAddress("x@y.example")),
    ):
        asked = asking_for_password(owner, address)
        await world.store.ask_reset(asked)
        waiting = {one.claim.mail_id for one in await world.store.list_mails(most=20, now=NOW)}
        expect(asked.mail.id in waiting, True, "a mail is written all the same")
        await world.store.restore_user(suspended, now=NOW)
        expect(await world.store.redeem_link(redeeming(asked.link)), None, "no link")
        spent = await world.store.spend_code(spending(asked))
        expect(spent, None, "no code")
        await world.store.suspend_user(suspended, now=NOW)


async def sign_up_makes_user_address_and_session_together(world: World) -> None:
    """Each as it was asked for."""
    asked = asking_for_account()
    await world.store.ask_signup(asked)
    for _ in range(2):
        found = await world.store.find_signup(asked.token_hash, now=NOW + 1)
        expect(found, ALICE, "looking spends nothing")
    command = redeeming_signup(world, asked)
    made = await world.store.redeem_signup(command)
    expect(made.outcome, SignupOutcome.SIGNED_UP, "the account is made")
    expect(made.session and made.session.user.name, "alice", "with a session")
    recipient = await world.store.find_recipient(ALICE.canonical)
    expect(recipient and recipient.user.id, command.user.id, "with its address")
    expect(recipient and recipient.locale, "fr", "and its language")
    cookie_hash = command.session.cookie_hash or b""
    live = await world.store.find_session(cookie_hash, now=NOW + 2)
    expect(live and live.user.id, command.user.id, "the session is live")
    expect(await world.store.find_signup(asked.token_hash, now=NOW + 1), None, "it is spent")


async def sign_up_is_spent_once_and_in_time(world: World) -> None:
    """A second use, a late one and one of an earlier epoch make nothing."""
    asked, other = asking_for_account(), asking_for_account(BOB)
    await world.store.ask_signup(asked)
    await world.store.ask_signup(other)
    late = await world.store.redeem_signup(redeeming_signup(world, asked, now=LATE))
    expect(late.outcome, SignupOutcome.LINK_DEAD, "too late")
    first = await world.store.redeem_signup(redeeming_signup(world, asked))
    again = await world.store.redeem_signup(redeeming_signup(world, asked, name="alice2"))
    outcomes = (first.outcome, again.outcome)
    expect(outcomes, (SignupOutcome.SIGNED_UP, SignupOutcome.LINK_DEAD), "once")
    await world.store.bump_epoch(now=NOW)
    old = await world.store.redeem_signup(redeeming_signup(world, other, name="bob"))
    expect(old.outcome, SignupOutcome.LINK_DEAD, "of an earlier epoch")


async def taken_name_leaves_the_sign_up_alone(world: World) -> None:
    """The person chooses another one."""
    await world.user("alice")
    asked = asking_for_account()
    await world.store.ask_signup(asked)
    taken = await world.store.redeem_signup(redeeming_signup(world, asked))
    expect((taken.outcome, taken.session), (SignupOutcome.NAME_TAKEN, None), "the name is taken")
    other = await world.store.redeem_signup(redeeming_signup(world, asked, name="alice2"))
    expect(other.outcome, SignupOutcome.SIGNED_UP, "another one is free")


async def sign_up_for_an_address_that_an_account_has_is_dead(world: World) -> None:
    """Whichever came first: the mail to a stranger, or the account."""
    early = asking_for_account()
    await world.store.ask_signup(early)
    await confirm(world, await world.user("owner"))
    late = replace(asking_for_account(), address=EmailAddress("ALICE@example.com"))
    await world.store.ask_signup(late)
    for asked in (early, late):
        expect(await world.store.find_signup(asked.token_hash, now=NOW + 1), None, "not shown")
        made = await world.store.redeem_signup(redeeming_signup(world, asked))
        expect(made.outcome, SignupOutcome.LINK_DEAD, "not redeemed")


CHECKS = (
    claimed_address_is_nobodys_until_it_is_confirmed,
    confirmed_address_is_the_primary_one_where_there_is_none,
    further_address_is_told_to_the_primary_one,
    address_belongs_to_the_first_who_answers,
    later_claim_of_an_address_kills_the_earlier,
    addresses_of_an_account_are_few,
    verified_address_is_not_asked_again,
    primary_address_changes_to_a_verified_one_only,
    address_can_be_given_up_unless_it_is_the_primary_one,
    forgotten_password_is_set_through_the_link_once,
    code_is_spent_once,
    password_change_kills_the_link_of_a_code,
    later_request_kills_link_and_code_of_the_earlier,
    reset_link_dies_with_the_state_that_it_was_made_for,
    request_for_nobody_writes_a_mail_and_opens_nothing,
    sign_up_makes_user_address_and_session_together,
    sign_up_is_spent_once_and_in_time,
    taken_name_leaves_the_sign_up_alone,
    sign_up_for_an_address_that_an_account_has_is_dead,
)
