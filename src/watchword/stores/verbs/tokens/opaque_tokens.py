"""Opaque access tokens: stored by the transaction that issues them, ended by their client.

Source: oauth.md T-2, S-1, S-4; RFC 7009 section 2.1; decisions/0160.
"""

from sqlalchemy import and_, insert, select, update

from watchword.oauth.client_tokens import ClientFacts, IssueToClient
from watchword.oauth.clients import TokenFormat
from watchword.oauth.families import Facts, NewOpaqueToken, NewRefreshToken
from watchword.oauth.opaque_tokens import RevokeOpaqueToken
from watchword.stores.schema import opaque_tokens, tenants
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.terms import NOW, TENANT, blob, number, text
from watchword.stores.verbs.upkeep.sweep import sweep

__all__ = ["add_for_client", "add_of_pair", "revoke_opaque_token"]

_ADD = Statement(
    insert(opaque_tokens).from_select(
        [
            "tenant", "token_hash", "jti", "client_id", "user_id", "sid", "family_id", "resource",
            "scopes", "created_at", "expires_at", "epoch",
        ],
        select(
            tenants.c.tenant, blob("the_hash"), text("the_jti"), text("the_client"),
            text("the_user"), text("the_sid"), text("the_family"), text("the_resource"),
            text("the_scopes"), NOW, number("end"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
_REVOKE = Statement(
    update(opaque_tokens)
    .where(
        and_(
            opaque_tokens.c.tenant == TENANT,
            opaque_tokens.c.token_hash == blob("the_hash"),
            opaque_tokens.c.client_id == text("the_client"),
            opaque_tokens.c.revoked_at.is_(None),
        )
    )
    .values(revoked_at=NOW)
    .returning(opaque_tokens.c.jti)
)


def add_of_pair(tenant: str, token: NewRefreshToken, facts: Facts, *, now: int) -> Verb[None]:
    """Store the access token of a pair, where it is for a resource that asks for opaque ones."""
    if facts.token_format is not TokenFormat.OPAQUE:
        return
    drafted = _drafted(token.opaque)
    narrowed_to = drafted.narrowed_to
    scopes = [one for one in facts.scopes if narrowed_to is None or one in narrowed_to]
    if not facts.opens_resource(scopes):
        return
    yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "the_hash": drafted.token_hash,
            "the_jti": token.generation_id,
            "the_client": facts.client_id,
            "the_user": facts.user.id,
            "the_sid": facts.sid,
            "the_family": facts.family_id,
            "the_resource": facts.resource,
            "the_scopes": " ".join(scopes),
            "at": now,
            "end": min(now + drafted.lifetime_seconds, facts.family_expires_at),
        },
    )


def add_for_client(tenant: str, command: IssueToClient, facts: ClientFacts) -> Verb[None]:
    """Store a client's own token, where the resource asks for opaque ones."""
    if facts.resource.token_format is not TokenFormat.OPAQUE:
        return
    drafted, nobody = _drafted(command.opaque), None
    parameters: Parameters = {
        "in_tenant": tenant,
        "the_hash": drafted.token_hash,
        "the_jti": command.token_id,
        "the_client": facts.client.client_id,
        "the_user": nobody,
        "the_sid": nobody,
        "the_family": nobody,
        "the_resource": facts.resource.identifier,
        "the_scopes": " ".join(facts.scopes),
        "at": command.now,
        "end": command.now + drafted.lifetime_seconds,
    }
    yield Step(_ADD, parameters)
    yield from sweep(tenant, chosen_by=drafted.token_hash, now=command.now)


def revoke_opaque_token(tenant: str, command: RevokeOpaqueToken) -> Verb[bool]:
    """End a token of the client; a second time changes nothing."""
    ended = yield Step(
        _REVOKE,
        {
            "in_tenant": tenant,
            "the_hash": command.token_hash,
            "the_client": command.client_id,
            "at": command.now,
        },
    )
    return bool(ended)


def _drafted(token: NewOpaqueToken | None) -> NewOpaqueToken:
    if token is None:
        raise ValueError("the resource asks for opaque tokens, and none was drafted")
    return token
