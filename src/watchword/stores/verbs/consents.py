"""What people allowed clients for good.

Source: oauth.md A-6; OWASP ASVS 5.0 V10.7.2 and V10.7.3.
"""

from sqlalchemy import and_, delete, exists, or_, select

from watchword.oauth.authorize.consent import Consent
from watchword.stores.schema import consents, families, sessions
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.rows import words
from watchword.stores.verbs.terms import TENANT, blob, number, same_tenant, text
from watchword.stores.verbs.upsert import insert

__all__ = [
    "forget_consents",
    "forget_consents_of_family",
    "forget_consents_of_user",
    "list_consents",
    "save_consent",
]

_insert = insert(consents).values(
    tenant=TENANT,
    user_id=text("the_user"),
    client_id=text("the_client"),
    resource=text("the_resource"),
    scopes=text("the_scopes"),
    client_state=blob("the_state"),
    granted_at=number("granted"),
)
_SAVE = Statement(
    _insert.on_conflict_do_update(
        index_elements=[column.name for column in consents.primary_key],
        set_={name: _insert.excluded[name] for name in ("scopes", "client_state", "granted_at")},
    )
)
_LIST = Statement(
    select(
        consents.c.client_id,
        consents.c.resource,
        consents.c.scopes,
        consents.c.client_state,
        consents.c.granted_at,
    )
    .where(
        and_(
            consents.c.tenant == TENANT,
            consents.c.user_id == text("the_user"),
            or_(text("the_client").is_(None), consents.c.client_id == text("the_client")),
        )
    )
    .order_by(consents.c.granted_at.desc(), consents.c.client_id, consents.c.resource)
)
_FORGET = Statement(
    delete(consents)
    .where(
        and_(
            consents.c.tenant == TENANT,
            consents.c.user_id == text("the_user"),
            consents.c.client_id == text("the_client"),
        )
    )
    .returning(consents.c.resource)
)

_FORGET_OF_USER = Statement(
    delete(consents).where(
        and_(consents.c.tenant == TENANT, consents.c.user_id == text("the_user"))
    )
)
# Both columns of the family, so that the index of the consents finds the rows. What somebody did as
# the user is no end of what the user allowed.
_of_family = and_(
    families.c.tenant == TENANT,
    families.c.id == text("the_family"),
    exists().where(
        and_(
            same_tenant(sessions, families),
            sessions.c.sid == families.c.sid,
            sessions.c.actor_sid.is_(None),
        )
    ),
)
_FORGET_OF_FAMILY = Statement(
    delete(consents).where(
        and_(
            consents.c.tenant == TENANT,
            consents.c.user_id == select(families.c.user_id).where(_of_family).scalar_subquery(),
            consents.c.client_id
            == select(families.c.client_id).where(_of_family).scalar_subquery(),
        )
    )
)


def save_consent(tenant: str, given: Consent) -> Verb[None]:
    """Write a consent in the place of the one before."""
    yield Step(
        _SAVE,
        {
            "in_tenant": tenant,
            "the_user": given.user_id,
            "the_client": given.client_id,
            "the_resource": given.resource,
            "the_scopes": " ".join(given.scopes),
            "the_state": given.client_state,
            "granted": given.granted_at,
        },
    )


def list_consents(
    tenant: str, user_id: str, *, client_id: str | None = None
) -> Verb[tuple[Consent, ...]]:
    """Read what a user allowed, all clients or one, the latest first."""
    rows = yield Step(_LIST, {"in_tenant": tenant, "the_user": user_id, "the_client": client_id})
    return tuple(
        Consent(user_id, one, resource, words(scopes), state, granted_at)
        for one, resource, scopes, state, granted_at in rows
    )


def forget_consents(tenant: str, user_id: str, client_id: str) -> Verb[bool]:
    """Delete what a user allowed one client; say whether there was anything."""
    gone = yield Step(_FORGET, {"in_tenant": tenant, "the_user": user_id, "the_client": client_id})
    return bool(gone)


def forget_consents_of_family(tenant: str, family_id: str) -> Verb[None]:
    """Delete what the user of a family allowed its client: they are asked again.

    Source: oauth.md A-6.
    """
    yield Step(_FORGET_OF_FAMILY, {"in_tenant": tenant, "the_family": family_id})


def forget_consents_of_user(tenant: str, user_id: str) -> Verb[None]:
    """Delete all that a user allowed."""
    yield Step(_FORGET_OF_USER, {"in_tenant": tenant, "the_user": user_id})
