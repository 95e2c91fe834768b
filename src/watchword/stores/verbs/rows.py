"""Columns and the records they become, side by side.

Each list of columns has its function; the order of the one is the order of the other.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from watchword.accounts.levels import parse_proofs
from watchword.accounts.sessions import Actor, Session
from watchword.accounts.users import User, UserStatus
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.oauth.claims_request import parse_claims
from watchword.oauth.clients import AuthMethod, Client, ClientOrigin, Resource, TokenFormat
from watchword.oauth.families import Facts
from watchword.oauth.feed import AccountChange
from watchword.stores.schema import (
    clients,
    families,
    resources,
    role_closure,
    sessions,
    signing_keys,
    user_roles,
    users,
)
from watchword.stores.verbs.choices import CHOSEN_SCOPES

__all__ = [
    "ACTING",
    "CLIENT",
    "CLIENT_WIDTH",
    "FACTS",
    "RESOURCE",
    "SESSION",
    "SIGNING_KEY",
    "USER",
    "USER_WIDTH",
    "Row",
    "actor",
    "client",
    "facts",
    "resource",
    "session",
    "signing_key",
    "user",
    "words",
]

Row = Sequence[Any]
ROWS_KEPT_MAX = 1_024  # clients and resources that are asked for again and again


class _Words(FunctionElement[str]):
    """The texts of a group, joined by spaces."""

    type = Text()
    inherit_cache = True


# A pair of names that differs between the two databases.
@compiles(_Words, "sqlite")
def _for_sqlite(element: _Words, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kwargs)}, ' ')"


@compiles(_Words, "postgresql")
def _for_postgresql(element: _Words, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kwargs)}, ' ')"


_roles = (
    select(_Words(user_roles.c.role))
    .where(and_(user_roles.c.tenant == users.c.tenant, user_roles.c.user_id == users.c.id))
    .scalar_subquery()
)

_inherited = (
    select(_Words(role_closure.c.includes))
    .where(
        and_(
            user_roles.c.tenant == users.c.tenant,
            user_roles.c.user_id == users.c.id,
            role_closure.c.tenant == user_roles.c.tenant,
            role_closure.c.role == user_roles.c.role,
        )
    )
    .scalar_subquery()
)

USER: tuple[ColumnElement[Any], ...] = (
    users.c.id,
    users.c.name,
    users.c.status,
    _roles,
    _inherited,
    users.c.version,
    users.c.created_at,
)
USER_WIDTH = len(USER)


def user(row: Row) -> User:
    """Make the record of the columns `USER`."""
    user_id, name, status, given, inherited, version, created_at = row
    roles = frozenset((*words(given), *words(inherited)))
    return User(user_id, name, UserStatus(status), roles, version, created_at)


ACCOUNT: tuple[ColumnElement[Any], ...] = (users.c.id, users.c.version, users.c.status)


def account(row: Row) -> AccountChange:
    """Make the record of the columns `ACCOUNT`, as they stand after a change."""
    user_id, version, status = row
    return AccountChange(user_id, version, is_suspended=status == UserStatus.SUSPENDED.value)


_actors = users.alias("actor_names")
ACTING: tuple[ColumnElement[Any], ...] = (
    sessions.c.actor_id,
    select(_actors.c.name)
    .where(and_(_actors.c.tenant == sessions.c.tenant, _actors.c.id == sessions.c.actor_id))
    .correlate(sessions)
    .scalar_subquery(),
    sessions.c.actor_sid,
)


def actor(row: Row) -> Actor | None:
    """Make the record of the columns `ACTING`; by the id alone, once the account is gone."""
    user_id, name, sid = row
    return None if sid is None else Actor(user_id, name or user_id, sid)


SESSION: tuple[ColumnElement[Any], ...] = (
    *USER,
    sessions.c.sid,
    sessions.c.proofs,
    sessions.c.created_at,
    sessions.c.idle_expires_at,
    sessions.c.expires_at,
    *ACTING,
)


def session(row: Row) -> Session:
    """Make the record of the columns `SESSION`."""
    sid, proofs, created_at, idle_expires_at, expires_at, *acting = row[USER_WIDTH:]
    return Session(
        sid=sid,
        user=user(row[:USER_WIDTH]),
        proofs=parse_proofs(proofs),
        created_at=created_at,
        idle_expires_at=idle_expires_at,
        expires_at=expires_at,
        actor=actor(acting),
    )


FACTS: tuple[ColumnElement[Any], ...] = (
    *USER,
    families.c.client_id,
    resources.c.identifier,
    CHOSEN_SCOPES,
    families.c.sid,
    families.c.proofs,
    families.c.id,
    families.c.expires_at,
    families.c.claims,
    clients.c.id_token_alg,
    resources.c.token_format,
    clients.c.is_first_party,
    resources.c.scopes.label("resource_scopes"),
    resources.c.had_scopes,
    sessions.c.actor_id,
)


def facts(row: Row, *, generation_id: str) -> Facts:
    """Make the record of the columns `FACTS`, for the pair that the transaction minted."""
    *columns, token_format, is_first_party, declared, had_scopes, actor_id = row[USER_WIDTH:]
    client_id, audience, scopes, sid, proofs, family_id, expires_at, claims, id_token_alg = columns
    entitled = frozenset(name for name, _ in json.loads(declared))
    return Facts(
        user=user(row[:USER_WIDTH]),
        client_id=client_id,
        resource=audience,
        scopes=words(scopes),
        sid=sid,
        proofs=parse_proofs(proofs),
        family_id=family_id,
        generation_id=generation_id,
        family_expires_at=expires_at,
        claims=parse_claims(claims),
        id_token_alg=id_token_alg,
        token_format=TokenFormat(token_format),
        is_first_party=bool(is_first_party),
        resource_scopes=entitled,
        resource_lost_scopes=bool(had_scopes) and not entitled,
        actor=actor_id,
    )


CLIENT: tuple[ColumnElement[Any], ...] = (
    clients.c.client_id,
    clients.c.name,
    clients.c.is_first_party,
    clients.c.is_default,
    clients.c.scopes,
    clients.c.origin,
    clients.c.grant_types,
    clients.c.auth_methods,
    clients.c.secret_hash,
    clients.c.jwks,
    clients.c.jwks_uri,
    clients.c.redirect_uris,
    clients.c.post_logout_redirect_uris,
    clients.c.allowed_origins,
    clients.c.requires_pkce,
    clients.c.id_token_alg,
    clients.c.details,
)
CLIENT_WIDTH = len(CLIENT)
_CLIENT_MEMBERS = tuple(column.key for column in CLIENT)


def client(row: Row) -> Client:
    """Make the record of the columns `CLIENT`."""
    return _client(tuple(row))


# A client is read several times for each of its tokens and seldom changes: what a row says is
# taken apart once. The row itself is read anew each time, so nothing here is ever out of date.
@lru_cache(maxsize=ROWS_KEPT_MAX)
def _client(row: tuple[Any, ...]) -> Client:
    known = dict(zip(_CLIENT_MEMBERS, row, strict=True))
    scopes = known["scopes"]
    return Client(
        client_id=known["client_id"],
        name=known["name"],
        is_first_party=bool(known["is_first_party"]),
        is_default=bool(known["is_default"]),
        scopes=None if scopes is None else frozenset(words(scopes)),
        origin=ClientOrigin(known["origin"]),
        grant_types=frozenset(words(known["grant_types"])),
        auth_methods=frozenset(map(AuthMethod, words(known["auth_methods"]))),
        secret_hash=known["secret_hash"],
        jwks=known["jwks"],
        jwks_uri=known["jwks_uri"],
        redirect_uris=tuple(json.loads(known["redirect_uris"])),
        post_logout_redirect_uris=tuple(json.loads(known["post_logout_redirect_uris"])),
        allowed_origins=tuple(json.loads(known["allowed_origins"])),
        requires_pkce=bool(known["requires_pkce"]),
        id_token_alg=known["id_token_alg"],
        details=MappingProxyType(json.loads(known["details"])),
    )


RESOURCE: tuple[ColumnElement[Any], ...] = (
    resources.c.identifier,
    resources.c.scopes,
    resources.c.is_default,
    resources.c.secret_hash,
    resources.c.token_format,
    resources.c.had_scopes,
)


def resource(row: Row) -> Resource:
    """Make the record of the columns `RESOURCE`."""
    return _resource(tuple(row))


@lru_cache(maxsize=ROWS_KEPT_MAX)  # as of a client
def _resource(row: tuple[Any, ...]) -> Resource:
    identifier, scopes, is_default, secret_hash, form, had_scopes = row
    pairs = tuple((name, meaning) for name, meaning in json.loads(scopes))
    return Resource(
        identifier,
        pairs,
        is_default=bool(is_default),
        secret_hash=secret_hash,
        token_format=TokenFormat(form),
        lost_scopes=bool(had_scopes) and not pairs,
    )


SIGNING_KEY: tuple[ColumnElement[Any], ...] = (
    signing_keys.c.kid,
    signing_keys.c.alg,
    signing_keys.c.public_jwk,
    signing_keys.c.sealed_private,
    signing_keys.c.state,
    signing_keys.c.created_at,
    signing_keys.c.activates_at,
    signing_keys.c.activated_at,
    signing_keys.c.retired_at,
    signing_keys.c.deletes_at,
)


def signing_key(row: Row) -> SigningKeyRecord:
    """Make the record of the columns `SIGNING_KEY`."""
    kid, alg, public_jwk, sealed_private, state, *times = row
    return SigningKeyRecord(kid, alg, public_jwk, sealed_private, KeyState(state), *times)


def words(text: str | None) -> tuple[str, ...]:
    """Split what was joined by spaces; nothing, in an aggregate over no rows, is no word."""
    return tuple(text.split(" ")) if text else ()
