"""Clients' own tokens: both parties read again, and what was revoked since.

Source: oauth.md section 8, T-6; ARCHITECTURE section 3 (`issue`); security.md rules 61 and 63.
"""

from sqlalchemy import and_, exists, or_, select

from watchword.oauth.client_tokens import ClientFacts, IssueToClient
from watchword.oauth.clients import Client
from watchword.oauth.families import Refusal, Refused
from watchword.oauth.feed import RevocationKind
from watchword.stores.schema import clients, resources, revocations
from watchword.stores.statement import Statement, Step, Verb
from watchword.stores.verbs.rows import CLIENT, CLIENT_WIDTH, RESOURCE, client, resource
from watchword.stores.verbs.terms import NOW, TENANT, number, same_tenant, text
from watchword.stores.verbs.tokens.opaque_tokens import add_for_client

__all__ = ["is_client_token_live", "issue_to_client"]

_ACTIVE_CLIENT = and_(
    clients.c.tenant == TENANT,
    clients.c.client_id == text("the_client"),
    clients.c.is_active.is_(True),
)
_PARTIES = Statement(
    select(*CLIENT, *RESOURCE)
    .select_from(
        clients.outerjoin(
            resources,
            and_(
                same_tenant(resources, clients),
                resources.c.identifier == text("the_resource"),
                resources.c.is_active.is_(True),
            ),
        )
    )
    .where(_ACTIVE_CLIENT)
)
_LIVE = Statement(
    select(clients.c.client_id).where(
        and_(
            _ACTIVE_CLIENT,
            ~exists().where(
                and_(
                    same_tenant(revocations, clients),
                    revocations.c.until > NOW,
                    or_(
                        and_(
                            revocations.c.kind == RevocationKind.TOKEN.value,
                            revocations.c.value == text("the_token"),
                        ),
                        and_(
                            revocations.c.kind == RevocationKind.CLIENT.value,
                            revocations.c.value == text("the_client"),
                            revocations.c.at >= number("issued"),
                        ),
                        and_(
                            revocations.c.kind == RevocationKind.ISSUED_BEFORE.value,
                            revocations.c.at >= number("issued"),
                        ),
                    ),
                )
            ),
        )
    )
)


def issue_to_client(tenant: str, command: IssueToClient) -> Verb[ClientFacts | Refused]:
    """Read client and resource again, and store what is opaque."""
    rows = yield Step(
        _PARTIES,
        {
            "in_tenant": tenant,
            "the_client": command.client.client_id,
            "the_resource": command.resource,
        },
    )
    if not rows:
        return Refused(Refusal.CLIENT_INACTIVE)
    asking, target = rows[0][:CLIENT_WIDTH], rows[0][CLIENT_WIDTH:]
    found = client(asking)
    if _proof(found) != _proof(command.client):
        return Refused(Refusal.CREDENTIAL_CHANGED)
    if target[0] is None:
        return Refused(Refusal.RESOURCE_INACTIVE)
    facts = ClientFacts(found, resource(target), command.scopes, command.token_id)
    yield from add_for_client(tenant, command, facts)
    return facts


def is_client_token_live(
    tenant: str, *, client_id: str, token_id: str, issued_at: int, now: int
) -> Verb[bool]:
    """Read whether a client stands, and whether it or its token was revoked."""
    rows = yield Step(
        _LIVE,
        {
            "in_tenant": tenant,
            "the_client": client_id,
            "the_token": token_id,
            "issued": issued_at,
            "at": now,
        },
    )
    return bool(rows)


def _proof(one: Client) -> tuple[object, ...]:
    """Return what a client proves itself with, and what it may do with that."""
    return (one.auth_methods, one.secret_hash, one.jwks, one.jwks_uri, one.grant_types)
