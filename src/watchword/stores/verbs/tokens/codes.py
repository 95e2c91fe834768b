"""Authorization codes: spent by one statement that holds every binding.

Source: oauth.md S-3 to S-5; security.md rules 55, 56 and 60, classes C6 and C7.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from watchword.accounts.levels import format_proofs, parse_proofs
from watchword.oauth.claims_request import ClaimsRequest, format_claims, parse_claims
from watchword.oauth.codes import NewCode, RedeemCode
from watchword.oauth.families import (
    Facts,
    NewFamily,
    OpenFamily,
    OpenFamilyInSession,
    Refusal,
    Refused,
    RevokedBecause,
)
from watchword.oauth.scopes import OFFLINE_ACCESS
from watchword.stores.schema import codes, tenants
from watchword.stores.statement import Parameters, Statement, Step, Verb
from watchword.stores.verbs.choices import format_choices, granted_beside, parse_choices
from watchword.stores.verbs.endings import revoke_family
from watchword.stores.verbs.rows import words
from watchword.stores.verbs.terms import NOW, RETENTION_SECONDS, TENANT, blob, number, text
from watchword.stores.verbs.tokens.families import (
    give_own_session,
    open_family,
    open_family_in_session,
)

__all__ = ["add_code", "redeem_code"]

_EPOCH = select(tenants.c.epoch).where(tenants.c.tenant == TENANT).scalar_subquery()
_ADD = Statement(
    insert(codes).from_select(
        [
            "tenant", "code_hash", "client_id", "redirect_uri", "code_challenge", "dpop_jkt",
            "resource", "scopes", "nonce", "claims", "user_id", "password_hash", "proofs", "sid",
            "device_hash", "choices", "created_at", "expires_at", "purge_at", "epoch",
        ],
        select(
            tenants.c.tenant, blob("presented"), text("the_client"), text("the_redirect"),
            text("the_challenge"), text("the_jkt"), text("the_resource"), text("the_scopes"),
            text("the_nonce"), text("the_claims"), text("the_user"), text("the_hash"),
            text("the_proofs"), text("the_sid"), blob("the_device"), text("the_choices"), NOW,
            number("end"), number("purge"), tenants.c.epoch,
        ).where(tenants.c.tenant == TENANT),
    )
)  # fmt: skip
# An address that was used may be left out only where a verifier binds the code (OAuth 2.1
# section 10); one that was not used may not be presented.
_SAME_REDIRECT: ColumnElement[bool] = or_(
    codes.c.redirect_uri.is_not_distinct_from(text("the_redirect")),
    and_(text("the_redirect").is_(None), codes.c.code_challenge.is_not(None)),
)
_BOUND = and_(
    codes.c.tenant == TENANT,
    codes.c.code_hash == blob("presented"),
    codes.c.client_id == text("the_client"),
    _SAME_REDIRECT,
    codes.c.code_challenge.is_not_distinct_from(text("the_challenge")),
    codes.c.dpop_jkt.is_not_distinct_from(text("the_jkt")),
    or_(
        text("the_resource").is_(None),
        codes.c.resource == text("the_resource"),
        granted_beside(codes.c.choices, text("the_resource")).is_not(None),
    ),
    codes.c.epoch == _EPOCH,
)
_SPEND = Statement(
    update(codes)
    .where(and_(_BOUND, codes.c.consumed_at.is_(None), codes.c.expires_at > NOW))
    .values(consumed_at=NOW, family_id=text("the_family"), purge_at=number("purge"))
    .returning(
        codes.c.user_id,
        codes.c.password_hash,
        codes.c.proofs,
        codes.c.sid,
        codes.c.device_hash,
        codes.c.resource,
        codes.c.scopes,
        codes.c.choices,
        codes.c.claims,
        codes.c.nonce,
    )
)
_SPENT = Statement(select(codes.c.consumed_at, codes.c.family_id).where(_BOUND))
# Read where nothing matched, and for the reason alone: it lets nobody in and spends nothing.
_BINDINGS = Statement(
    select(
        codes.c.client_id,
        codes.c.redirect_uri,
        codes.c.code_challenge,
        codes.c.resource,
        codes.c.choices,
    ).where(
        and_(
            codes.c.tenant == TENANT,
            codes.c.code_hash == blob("presented"),
            codes.c.epoch == _EPOCH,
        )
    )
)


def add_code(tenant: str, code: NewCode) -> Verb[None]:
    """Store a code."""
    yield Step(
        _ADD,
        {
            "in_tenant": tenant,
            "presented": code.code_hash,
            "the_client": code.client_id,
            "the_redirect": code.redirect_uri,
            "the_challenge": code.code_challenge,
            "the_jkt": code.dpop_jkt,
            "the_resource": code.resource,
            "the_scopes": " ".join(code.scopes),
            "the_nonce": code.nonce,
            "the_claims": format_claims(code.claims),
            "the_user": code.user_id,
            "the_hash": code.password_hash,
            "the_proofs": format_proofs(code.proofs),
            "the_sid": code.sid,
            "the_device": code.device_hash,
            "the_choices": format_choices(code.choices),
            "at": code.created_at,
            "end": code.expires_at,
            "purge": code.expires_at + RETENTION_SECONDS,
        },
    )


def redeem_code(tenant: str, command: RedeemCode) -> Verb[Facts | Refused]:
    """Spend the code and open what it buys; a second use revokes that."""
    where: Parameters = {
        "in_tenant": tenant,
        "presented": command.code_hash,
        "the_client": command.client_id,
        "the_redirect": command.redirect_uri,
        "the_challenge": command.code_challenge,
        "the_jkt": command.dpop_jkt,
        "the_resource": command.resource,
        "the_family": command.family.family_id,
        "at": command.now,
        "purge": command.family.expires_at + RETENTION_SECONDS,
    }
    spent = yield Step(_SPEND, where)
    if not spent:
        return Refused((yield from _why_not(tenant, where, now=command.now)))
    user_id, password_hash, proofs, sid, device_hash, *granted, claims, nonce = spent[0]
    family = _family(command, granted, parse_claims(claims))
    if sid is not None:
        opening = OpenFamilyInSession(sid, family, command.session.origin, command.now)
        opened = yield from open_family_in_session(tenant, opening)
        # Nobody is asked about a first-party client, so nobody granted it to go on (oauth.md F-5).
        if isinstance(opened, Facts) and _is_lasting(opened):
            opened = yield from give_own_session(tenant, opened, command.session, now=command.now)
    else:
        session = replace(command.session, proofs=parse_proofs(proofs), device_hash=device_hash)
        login = OpenFamily(user_id, password_hash, session, family, command.now)
        opened = yield from open_family(tenant, login)
    return replace(opened, nonce=nonce) if isinstance(opened, Facts) else opened


def _is_lasting(opened: Facts) -> bool:
    """Whether a family goes on without the session; that of an administrator ends with it."""
    is_granted = OFFLINE_ACCESS in opened.scopes and not opened.is_first_party
    return is_granted and opened.actor is None


def _family(command: RedeemCode, row: Sequence[Any], claims: ClaimsRequest) -> NewFamily:
    """Describe what a code opens: the resource that was named comes first, the others beside it."""
    resource, scopes, choices = row
    granted = {resource: words(scopes), **parse_choices(choices)}
    chosen = command.resource or resource
    scopes = granted.pop(chosen)
    return replace(command.family, resource=chosen, scopes=scopes, choices=granted, claims=claims)


def _why_not(tenant: str, where: Parameters, *, now: int) -> Verb[Refusal]:
    rows = yield Step(_SPENT, where)
    if not rows:
        bound = yield Step(_BINDINGS, where)
        return _difference(bound[0], where) if bound else Refusal.UNKNOWN
    consumed_at, family_id = rows[0]
    if consumed_at is None:
        return Refusal.EXPIRED
    yield from revoke_family(tenant, family_id, because=RevokedBecause.CODE_REUSED, now=now)
    return Refusal.REUSED


def _difference(bound: Sequence[Any], where: Parameters) -> Refusal:
    """Return which binding of a code was not presented. The operator is told, the peer is not."""
    client_id, redirect_uri, challenge, resource, choices = bound
    presented = where["the_redirect"]
    may_omit = presented is None and challenge is not None
    if client_id != where["the_client"]:
        return Refusal.WRONG_CLIENT
    if presented != redirect_uri and not may_omit:
        return Refusal.REDIRECT_URI_DIFFERS
    if challenge != where["the_challenge"]:
        is_missing = where["the_challenge"] is None
        return Refusal.VERIFIER_MISSING if is_missing else Refusal.VERIFIER_WRONG
    is_resource = where["the_resource"] in {None, resource, *parse_choices(choices)}
    return Refusal.WRONG_KEY if is_resource else Refusal.WRONG_RESOURCE
