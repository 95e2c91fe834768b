"""Who may administer what: a policy like any other, over one record for each thing that is asked.

An administrator may do anything in the tenant that the server serves but act as a user, for which
there is a role of its own; an auditor may look at everything, and nobody changes the audit log. A
token reaches no further than its scopes.

Source: ARCHITECTURE section 6; security.md rules 87 and 95; access.md sections 4 and 5.
"""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from watchword.access.decision import Kind
from watchword.access.policy import Policy
from watchword.access.subject import Subject
from watchword.access.symbols import Condition, Me, Row
from watchword.accounts.acting import ACTS_AS
from watchword.accounts.person.deletion import ADMINISTRATOR
from watchword.accounts.users import User
from watchword.oauth.bearer import InsufficientScope
from watchword.server.administration.scopes import ADMIN_READ, ADMIN_WRITE, AUDITOR, Action, Thing
from watchword.server.errors import NotPermitted

__all__ = [
    "Administered",
    "administrator",
    "may",
    "permit",
    "policy",
]


class _Records(DeclarativeBase):
    """What the policy is about; no table of this name exists."""


class Administered(_Records):
    """One thing of a tenant."""

    __tablename__ = "administered"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)


policy = Policy(
    roles={ADMINISTRATOR: [AUDITOR], ACTS_AS: []},
    scopes={ADMIN_READ: ["read"], ADMIN_WRITE: ["*"]},
)


@policy.deny("*")
def suspended(me: Me) -> Condition:
    """A suspended account may do nothing."""
    return me.suspended == True  # noqa: E712  # compared, not tested: a rule is read without values


@policy.deny("*", on=Administered)
def other_tenant(me: Me, record: Row[Administered]) -> Condition:
    """Nobody sees or changes another tenant."""
    return ~(record.tenant == me.tenant)


@policy.deny("create", "update", "delete", on=Administered)
def append_only(me: Me, record: Row[Administered]) -> Condition:  # noqa: ARG001  # holds for everybody
    """The audit log is written by what it tells of, and by nobody else."""
    return record.kind == "audit"


@policy.deny("create", on=Administered)
def acts_as_nobody(me: Me, record: Row[Administered]) -> Condition:
    """Nobody acts as a user without the role for it, administrators included."""
    return (record.kind == "acting") & ~me.roles.has(ACTS_AS)


@policy.allow("create", on=Administered, role=ACTS_AS)
def acts_as_users(me: Me, record: Row[Administered]) -> Condition:  # noqa: ARG001  # by the role
    """Whoever holds the role for it may act as a user."""
    return record.kind == "acting"


@policy.allow("*", on=Administered, role=ADMINISTRATOR)
def admin(me: Me) -> bool:  # noqa: ARG001  # the role in the decorator says it all
    """An administrator may do anything."""
    return True


@policy.allow("read", on=Administered, role=AUDITOR)
def auditor(me: Me) -> bool:  # noqa: ARG001  # as above
    """An auditor may look at everything."""
    return True


def administrator(user: User, *, tenant: str, scopes: frozenset[str] | None) -> Subject:
    """Return whom the policy is asked about.

    Args:
        user: as it stands at this moment.
        tenant: of the store that the user was read from.
        scopes: of the token; None for a browser session, in which nothing was delegated.
    """
    return policy.subject(
        user.id,
        roles=user.roles,
        scopes=scopes,
        suspended=not user.is_active,
        tenant=tenant,
        version=user.version,
    )


def permit(me: Subject, action: Action, thing: Thing, *, tenant: str) -> None:
    """Let somebody go on who may do this.

    Raises:
        InsufficientScope: the user may, and the token does not reach it.
        NotPermitted: the user may not.
    """
    decision = policy.decide(me, action, Administered(tenant=tenant, kind=thing))
    if decision.allowed:
        return
    if decision.kind is Kind.SCOPE:
        raise InsufficientScope(ADMIN_READ if action == "read" else ADMIN_WRITE)
    raise NotPermitted(str(decision))


def may(me: Subject, action: Action, thing: Thing, *, tenant: str) -> bool:
    """Whether somebody may do this, for what a page offers."""
    return policy.check(me, action, Administered(tenant=tenant, kind=thing)).allowed
