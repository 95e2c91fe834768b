"""The outbox: what is queued is claimed once, sent or given up, and forgotten.

Source: users.md U95; security.md rule 46.
"""

from watchword.accounts.mail.messages import Claim, MailKind, SealedMail, SettleOutcome
from watchword.base.chance import SYSTEM, new_id
from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS", "LEASE", "mail"]

LEASE = 120
LIFETIME = 3_600


def mail(*, now: int = NOW) -> SealedMail:
    """Return a mail whose text only a sealer could read."""
    return SealedMail(new_id(SYSTEM, "mail"), MailKind.RESET, b"sealed", None, now, now + LIFETIME)


async def _claim(world: World, *, most: int = 10, now: int = NOW) -> tuple[Claim, ...]:
    due = await world.store.claim_mails(most=most, lease_seconds=LEASE, now=now)
    return tuple(one.claim for one in due)


async def queued_mail_is_claimed_as_it_was_queued(world: World) -> None:
    """Whoever claims it gets what was sealed, and that this is the first attempt."""
    queued = mail()
    await world.store.queue_mail(queued)
    expect(await world.store.has_due_mail(now=NOW - 1), False, "not before its time")
    expect(await world.store.has_due_mail(now=NOW), True, "it is due")
    (due,) = await world.store.claim_mails(most=10, lease_seconds=LEASE, now=NOW)
    expect(await world.store.has_due_mail(now=NOW), False, "somebody has it")
    expect(due.claim, Claim(queued.id, 1), "the first attempt")
    seen = (due.kind, due.sealed, due.told, due.to, due.created_at, due.expires_at)
    wanted = (MailKind.RESET, b"sealed", None, None, NOW, NOW + LIFETIME)
    expect(seen, wanted, "the mail is as it was queued")


async def claimed_mail_is_nobody_elses_until_its_lease_ends(world: World) -> None:
    """A sender that dies delays its mails by the lease, and loses none."""
    queued = mail()
    await world.store.queue_mail(queued)
    await _claim(world)
    expect(await _claim(world, now=NOW + LEASE - 1), (), "the lease holds")
    again = await _claim(world, now=NOW + LEASE)
    expect(again, (Claim(queued.id, 2),), "then it is due again")


async def claims_take_the_longest_due_first(world: World) -> None:
    """A burst of mails does not keep older ones waiting."""
    early, late = mail(now=NOW), mail(now=NOW + 1)
    await world.store.queue_mail(late)
    await world.store.queue_mail(early)
    expect(await _claim(world, most=1, now=NOW + 2), (Claim(early.id, 1),), "one at a time")
    expect(await _claim(world, most=1, now=NOW + 2), (Claim(late.id, 1),), "and then the other")


async def sent_mail_is_forgotten(world: World) -> None:
    """It is not due again, not listed, and settled once."""
    await world.store.queue_mail(mail())
    (claim,) = await _claim(world)
    expect(await world.store.mail_sent(claim, now=NOW), SettleOutcome.SETTLED, "it is recorded")
    expect(await _claim(world, now=NOW + LEASE), (), "it is not due again")
    expect(await world.store.list_mails(most=10, now=NOW), (), "it does not wait")
    again = await world.store.mail_sent(claim, now=NOW)
    expect(again, SettleOutcome.TAKEN_OVER, "it is recorded once")


async def delayed_mail_is_due_when_it_was_said(world: World) -> None:
    """Until then nobody gets it, and its error can be read."""
    await world.store.queue_mail(mail())
    (claim,) = await _claim(world)
    await world.store.mail_delayed(claim, error="421 busy", due_at=NOW + 30, now=NOW)
    expect(await _claim(world, now=NOW + 29), (), "not before")
    (due,) = await world.store.claim_mails(most=10, lease_seconds=LEASE, now=NOW + 30)
    expect((due.claim.attempt, due.last_error), (2, "421 busy"), "then once more")


async def mail_given_up_is_forgotten(world: World) -> None:
    """It is not due again, and its text is gone."""
    await world.store.queue_mail(mail())
    (claim,) = await _claim(world)
    outcome = await world.store.mail_given_up(claim, error="550 no such user", now=NOW)
    expect(outcome, SettleOutcome.SETTLED, "it is recorded")
    expect(await _claim(world, now=NOW + LEASE), (), "it is not due again")


async def late_report_of_a_lost_claim_changes_nothing(world: World) -> None:
    """Whoever claimed the mail since then decides."""
    await world.store.queue_mail(mail())
    (slow,) = await _claim(world)
    (fast,) = await _claim(world, now=NOW + LEASE)
    late = NOW + LEASE + 1
    for outcome in (
        await world.store.mail_sent(slow, now=late),
        await world.store.mail_delayed(slow, error="slow", due_at=late, now=late),
        await world.store.mail_given_up(slow, error="slow", now=late),
    ):
        expect(outcome, SettleOutcome.TAKEN_OVER, "the claim is lost")
    expect(await world.store.mail_sent(fast, now=late), SettleOutcome.SETTLED, "the other stands")


async def waiting_mails_are_listed_latest_first(world: World) -> None:
    """Those that expired are not shown, and listing claims nothing."""
    first, second = mail(now=NOW), mail(now=NOW + 1)
    await world.store.queue_mail(first)
    await world.store.queue_mail(second)
    listed = await world.store.list_mails(most=10, now=NOW + 1)
    expect([one.claim.mail_id for one in listed], [second.id, first.id], "the latest first")
    expect([one.claim.attempt for one in listed], [0, 0], "nobody has claimed them")
    expect(len(await world.store.list_mails(most=1, now=NOW + 1)), 1, "as many as asked")
    left = await world.store.list_mails(most=10, now=first.expires_at)
    expect([one.claim.mail_id for one in left], [second.id], "expired ones are not shown")


CHECKS = (
    queued_mail_is_claimed_as_it_was_queued,
    claimed_mail_is_nobody_elses_until_its_lease_ends,
    claims_take_the_longest_due_first,
    sent_mail_is_forgotten,
    delayed_mail_is_due_when_it_was_said,
    mail_given_up_is_forgotten,
    late_report_of_a_lost_claim_changes_nothing,
    waiting_mails_are_listed_latest_first,
)
