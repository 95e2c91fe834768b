"""Sign-ups: an address that may become an account, once.

Source: users.md U8 and U47; security.md rules 29 and 46.
"""

from sqlalchemy import and_, exists, insert, null, select, update

from watchword.accounts.events import Event, EventKind
from watchword.accounts.mail.addresses import EmailAddress
from watchword.accounts.signup import AskSignup, RedeemSignup, SignedUp, SignupOutcome
from watchword.accounts.users import AddOutcome
from watchword.stores.schema import emails, signups, tenants, users
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.accounts.emails import insert_verified
from watchword.stores.verbs.events import record
from watchword.stores.verbs.logins.sessions import open_session
from watchword.stores.verbs.outbox import enqueue
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, same_tenant, text
from watchword.stores.verbs.users import add_user

__all__ = ["ask_signup", "find_signup", "redeem_signup"]

_ASK = Statement(
    insert(signups).from_select(
        ["tenant", "token_hash", "address", "written", "created_at", "expires_at", "epoch"],
        select(
            tenants.c.tenant, blob("presented"), text("the_address"), text("as_written"), NOW,
            number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_THE_SIGNUP = and_(signups.c.tenant == TENANT, signups.c.token_hash == blob("presented"))
_STANDS = and_(
    _THE_SIGNUP,
    signups.c.used_at.is_(None),
    signups.c.expires_at > NOW,
    signups.c.epoch == select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery(),
    ~exists().where(
        and_(
            same_tenant(emails, signups),
            emails.c.address == signups.c.address,
            emails.c.verified_at.is_not(None),
        )
    ),
)
_FIND = Statement(select(signups.c.written).where(_STANDS))
_SPEND = Statement(update(signups).where(_STANDS).values(used_at=NOW).returning(signups.c.written))
_UNSPEND = Statement(update(signups).where(_THE_SIGNUP).values(used_at=null()))
_SET_LOCALE = Statement(
    update(users)
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
    .values(locale=text("the_locale"), password_set_at=NOW)
)


def ask_signup(tenant: str, command: AskSignup) -> Verb[None]:
    """Store the sign-up and queue the mail."""
    yield Step(
        _ASK,
        {
            "in_tenant": tenant,
            "presented": command.token_hash,
            "the_address": command.address.canonical,
            "as_written": command.address.written,
            "at": command.now,
            "end": command.expires_at,
        },
    )
    yield from enqueue(tenant, command.mail)


def find_signup(tenant: str, token_hash: bytes, *, now: int) -> Verb[EmailAddress | None]:
    """Read the address of a live sign-up that no account has, without spending it."""
    rows = yield Step(_FIND, {"in_tenant": tenant, "presented": token_hash, "at": now})
    return EmailAddress(rows[0][0]) if rows else None


def redeem_signup(tenant: str, command: RedeemSignup) -> Verb[SignedUp]:
    """Spend the sign-up on an account with a verified address and a session: all or nothing.

    Of concurrent callers one is SIGNED_UP: of one link, by the link; of one address, by the unique
    index over verified addresses; of one name, by that of names.
    """
    user, now = command.user, command.now
    where: Parameters = {"in_tenant": tenant, "presented": command.token_hash, "at": now}
    spent = yield Step(_SPEND, where)
    if not spent:
        return SignedUp(SignupOutcome.LINK_DEAD)
    if (yield from add_user(tenant, user)) is AddOutcome.NAME_TAKEN:
        yield Step(_UNSPEND, where)
        return SignedUp(SignupOutcome.NAME_TAKEN)
    yield from insert_verified(tenant, user.id, EmailAddress(spent[0][0]), now=now)
    yield Step(_SET_LOCALE, {**where, "the_user": user.id, "the_locale": command.locale})
    origin = command.session.origin
    yield from record(tenant, Event(EventKind.ACCOUNT_CREATED, now, user_id=user.id, origin=origin))
    opened = yield from open_session(
        tenant, command.session, user_id=user.id, password_hash=user.password_hash, now=now
    )
    return SignedUp(SignupOutcome.SIGNED_UP, opened)
