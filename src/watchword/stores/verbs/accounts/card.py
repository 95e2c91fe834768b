"""The card of a person, in one read: it stands on the way of every `/me`.

Source: users.md U14.
"""

from sqlalchemy import and_, func, select

from watchword.accounts.person.card import Card
from watchword.stores.schema import emails, users
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.terms import TENANT, same_tenant, text

__all__ = ["read_card"]

_READ = Statement(
    select(
        func.coalesce(users.c.display_name, users.c.name),
        users.c.locale,
        emails.c.written,
        emails.c.verified_at.is_not(None),
    )
    .select_from(
        users.outerjoin(
            emails,
            and_(
                same_tenant(emails, users),
                emails.c.user_id == users.c.id,
                emails.c.is_primary.is_(True),
            ),
        )
    )
    .where(and_(users.c.tenant == TENANT, users.c.id == text("the_user")))
)


def read_card(tenant: str, user_id: str) -> Verb[Card | None]:
    """Read the card of a user."""
    rows = yield Step(_READ, {"in_tenant": tenant, "the_user": user_id})
    if not rows:
        return None
    name, locale, email, is_verified = rows[0]
    return Card(name, locale, email, bool(is_verified))
