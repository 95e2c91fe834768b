"""From an authorization request to the answer that the browser carries to the client.

Both the endpoint and the pages of an interaction end here.

Source: oauth.md A-1 to A-7; RFC 9700 section 4.12 (303); OAuth 2.0 Form Post Response Mode.
"""

from dataclasses import replace
from typing import assert_never

from starlette.responses import Response

from watchword.accounts.factors.together import has_second
from watchword.accounts.sessions import Session
from watchword.base.reasons import REASONS
from watchword.base.records import dataclass
from watchword.oauth.authorize.consent import Consent, consents_of, is_consented
from watchword.oauth.authorize.errors import UnknownClient
from watchword.oauth.authorize.interactions import AnswerInteraction, Interaction, new_code
from watchword.oauth.authorize.pipeline import Endpoint, Refusal, run
from watchword.oauth.authorize.request import Asked, AuthorizationRequest, ResponseMode
from watchword.oauth.authorize.respond import Answer, granted, location, refused
from watchword.oauth.clients import find_named
from watchword.oauth.errors import InvalidClient, InvalidRequest, OAuthError
from watchword.oidc.prompt import Known, Need, Prompt, Wishes, need_of, parse_wishes
from watchword.server.errors import RequestOver
from watchword.server.pages.render import page, see_other
from watchword.server.pages.visit import Visit
from watchword.server.runtime import Runtime
from watchword.server.tracing import note

__all__ = ["Standpoint", "answer_with_code", "answer_with_error", "check", "consider", "resume"]


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where a request stands: what it asks for, who is there, and what is needed next."""

    request: AuthorizationRequest
    wishes: Wishes
    session: Session | None
    given: tuple[Consent, ...]
    need: Need

    @property
    def person(self) -> Session:
        """Who is signed in, where nobody has to be asked to."""
        assert self.session is not None  # noqa: S101  # `need_of` asks for nothing else before
        return self.session


async def check(
    endpoint: Endpoint, asked: Asked, runtime: Runtime
) -> AuthorizationRequest | Refusal:
    """Run a request through the pipeline.

    Raises:
        OAuthError: nobody may be redirected.
    """
    client_id = asked.members.get("client_id", "")
    try:
        client = await find_named(runtime.clients, client_id)
    except InvalidClient as error:  # its document is refused
        raise UnknownClient(error.public, detail=error.detail) from None
    resources = await runtime.store.list_resources()
    return run(endpoint, asked, client=client, resources=resources)


async def resume(interaction: Interaction, guest: Visit, runtime: Runtime) -> Standpoint | Refusal:
    """Run the request of an interaction through the pipeline again, as things stand.

    Raises:
        OAuthError: as `check`.
    """
    checked = await check(Endpoint.INTERACTION, interaction.asked, runtime)
    if isinstance(checked, Refusal):
        return checked
    return await consider(checked, guest, runtime, begun=interaction)


async def consider(
    request: AuthorizationRequest,
    guest: Visit,
    runtime: Runtime,
    *,
    begun: Interaction | None = None,
) -> Standpoint | Refusal:
    """Decide what a request needs of the person who brings it.

    Args:
        request: as it was proved.
        guest: the browser and its session.
        runtime: where accounts and consents are.
        begun: the interaction that it belongs to; None where it has just come in.
    """
    session = guest.session
    try:
        wishes = parse_wishes(
            request,
            hinted=_hinted(request, runtime),
            offers_signup=runtime.settings.register,
        )
        given: tuple[Consent, ...] = ()
        known = Known(now=runtime.clock.now())
        if session is not None:
            client_id = request.client.client_id
            given = await runtime.store.list_consents(session.user.id, client_id=client_id)
            standing = await runtime.store.read_standing(session.user.id)
            known = replace(
                known,
                session=session,
                is_fresh=begun is not None and _is_fresh(begun, session, guest),
                has_second_factor=has_second(standing),
                is_consented=_is_consented(request, wishes, given),
            )
        need = need_of(wishes, known)
    except OAuthError as error:
        return Refusal(request.destination, error)
    return Standpoint(request, wishes, session, given, need)


async def answer_with_code(
    point: Standpoint,
    guest: Visit,
    runtime: Runtime,
    *,
    begun: Interaction | None,
    is_allowed: bool = False,
) -> Response:
    """Give the client a code.

    Args:
        point: the request, with nothing left to ask of who is signed in.
        guest: the browser.
        runtime: where codes are stored.
        begun: the interaction that ends so.
        is_allowed: whether the person said yes on this occasion, which may be remembered.

    Raises:
        RequestOver: the interaction was answered meanwhile.
    """
    now = runtime.clock.now()
    request, session = point.request, point.person
    code, stored = new_code(request, session, now=now, chance=runtime.chance)
    consents: tuple[Consent, ...] = ()
    if is_allowed and session.actor is None:  # the person has allowed nothing
        consents = consents_of(request, point.given, user_id=session.user.id, now=now)
    interaction_id = None if begun is None else begun.id
    command = AnswerInteraction(interaction_id, stored, consents, now)
    if not await runtime.store.answer_interaction(command):
        raise RequestOver
    return _carry(granted(request.destination, code, issuer=runtime.settings.issuer), guest)


async def answer_with_error(
    refusal: Refusal, guest: Visit, runtime: Runtime, *, begun: Interaction | None
) -> Response:
    """Tell the client why it gets no code.

    Raises:
        RequestOver: the interaction was answered meanwhile.
    """
    if begun is not None and not await runtime.store.end_interaction(
        begun.id, now=runtime.clock.now()
    ):
        raise RequestOver
    note(refusal.error)
    issuer = runtime.settings.issuer
    return _carry(refused(refusal.destination, refusal.error, issuer=issuer), guest)


def offer_error(refusal: Refusal, guest: Visit, runtime: Runtime) -> Response:
    """Say what was refused, and let the person decide whether to go where the client points.

    Whoever registers a client chooses the address that a refusal leads to, so nobody is sent there
    without a press of their own.

    Source: RFC 9700 section 4.11.2; Model Context Protocol, authorization (trusted redirects).
    """
    failure_id = note(refusal.error)
    answer = refused(refusal.destination, refusal.error, issuer=runtime.settings.issuer)
    if answer.mode is not ResponseMode.QUERY:
        return _carry(answer, guest)  # which is a page with a button too
    values = {
        "why": refusal.error.public,
        "fault": REASONS[refusal.error.code].fault,
        "id": failure_id,
        "host": answer.redirect.host,
        "location": location(answer),
    }
    return page(guest.site, "refused_request.html", values, status=400)


def _hinted(request: AuthorizationRequest, runtime: Runtime) -> str | None:
    """Return whom `id_token_hint` names. An expired one names them as well.

    Raises:
        InvalidRequest: it is no ID token of this server for this client.
    """
    text = request.members.get("id_token_hint")
    if text is None:
        return None
    hint = runtime.read_hint(text)
    if hint is None or hint.client_id != request.client.client_id:
        raise InvalidRequest("id_token_hint is no ID token that this client was given")
    return hint.sub


def _is_consented(
    request: AuthorizationRequest, wishes: Wishes, given: tuple[Consent, ...]
) -> bool:
    """Whether the person need not be asked. First-party clients cannot wish for it either."""
    is_wished = Prompt.CONSENT in wishes.prompts and not request.client.is_first_party
    return is_consented(request, given) and not is_wished


def _is_fresh(begun: Interaction, session: Session, guest: Visit) -> bool:
    """Whether the person proved something after the request came.

    Every sign-in and every further proof replaces the cookie, so one second is long enough.
    """
    return session.auth_time >= begun.created_at and guest.cookie_hash != begun.seen


def _carry(answer: Answer, guest: Visit) -> Response:
    match answer.mode:
        case ResponseMode.QUERY:
            return see_other(guest.site, location(answer))
        case ResponseMode.FORM_POST:
            site = replace(guest.site, form_target=answer.redirect.form_target)
            redirect = answer.redirect
            values = {
                "action": redirect.uri,
                "parameters": answer.parameters,
                "host": redirect.host,
            }
            return page(site, "form_post.html", values)
    assert_never(answer.mode)
