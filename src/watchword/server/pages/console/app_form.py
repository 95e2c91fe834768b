"""The form that says what an application is, and the record's refusals beside its fields, in words.

    what is typed -> what the record is made of (`client_from`), or what is changed (`changed`)

Nothing is judged here: what a record may be is judged where every record is.

Source: users.md U36, U40 and U43; oauth.md C-1.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

from watchword.base.records import dataclass
from watchword.oauth.clients import Client
from watchword.oauth.grants.device_code import GRANT as DEVICE_CODE
from watchword.oauth.registration.changes import ClientChanges
from watchword.oauth.registration.client_rules import NAME_CHARACTERS_MAX, URIS_MAX
from watchword.oauth.registration.errors import ClientRefused
from watchword.oauth.registration.members import ClientMembers
from watchword.server.languages import N_, Message
from watchword.server.pages.account.frame import Form

__all__ = [
    "KINDS",
    "Kind",
    "Typed",
    "changes_in",
    "errors_in",
    "members_in",
    "said_of",
    "typed_in",
]

ADDRESSES = ("redirect_uris", "post_logout_redirect_uris")
WRONG_NAME = N_("Write what people call it, in one line of at most %(most)s characters.")
NO_ADDRESS = N_("People have to come back somewhere: write at least one address.")
WRONG_ADDRESS = N_(
    "%(uri)s is not taken. Write https, http on 127.0.0.1, or a scheme such as com.example.app."
)
WRONG_ADDRESSES = N_("Write each address once, and at most %(most)s of them.")
WRONG_SCOPES = N_("Write scopes in Latin letters and signs, with spaces between them.")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an application is, as somebody who adds one thinks of it."""

    label: str
    has_secret: bool
    grant_types: tuple[str, ...] = ()  # none: those of everybody


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "web": Kind(N_("A web application with a server, which keeps a secret"), has_secret=True),
        "public": Kind(
            N_("An application in a browser, on a phone or a desktop, which keeps no secret"),
            has_secret=False,
        ),
        "machine": Kind(
            N_("A program that signs in as itself, without a person"),
            has_secret=True,
            grant_types=("client_credentials",),
        ),
        "device": Kind(
            N_("A device without a keyboard, whose sign-in a person confirms elsewhere"),
            has_secret=False,
            grant_types=(DEVICE_CODE.grant_type, "refresh_token"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields."""

    name: str = ""
    kind: str = "web"
    redirect_uris: str = ""
    post_logout_redirect_uris: str = ""
    scopes: str = ""
    is_first_party: bool = False
    reason: str = ""


def typed_in(form: Form) -> Typed:
    """Return what was typed; a kind that does not exist is the first."""
    kind = form.get("kind", "")
    return Typed(
        name=form.get("name", "").strip(),
        kind=kind if kind in KINDS else "web",
        redirect_uris=form.get("redirect_uris", ""),
        post_logout_redirect_uris=form.get("post_logout_redirect_uris", ""),
        scopes=form.get("scopes", ""),
        is_first_party="first_party" in form,
        reason=form.get("reason", ""),
    )


def said_of(client: Client) -> Typed:
    """Return what the fields show of an application that is kept."""
    return Typed(
        name=client.name,
        redirect_uris="\n".join(client.redirect_uris),
        post_logout_redirect_uris="\n".join(client.post_logout_redirect_uris),
        scopes=" ".join(sorted(client.scopes or ())),
        is_first_party=client.is_first_party,
    )


def members_in(typed: Typed) -> ClientMembers:
    """Return what a record is made of, beside its name and a secret."""
    members: dict[str, object] = {name: _words(typed, name) for name in ADDRESSES}
    members["first_party"] = typed.is_first_party
    members["scopes"] = _words(typed, "scopes") or None
    if grant_types := KINDS[typed.kind].grant_types:
        members["grant_types"] = grant_types
    return cast("ClientMembers", members)


def changes_in(typed: Typed, client: Client) -> ClientChanges:
    """Return what differs from what is kept: an untouched field says nothing."""
    shown = said_of(client)
    changes: dict[str, object] = {
        name: _words(typed, name)
        for name in (*ADDRESSES, "scopes")
        if _words(typed, name) != _words(shown, name)
    }
    if typed.name != shown.name:
        changes["name"] = typed.name
    if "scopes" in changes:
        changes["scopes"] = changes["scopes"] or None
    return cast("ClientChanges", changes)


def errors_in(error: ClientRefused, typed: Typed) -> Mapping[str, str | Message]:
    """Return the sentence beside the field that a refusal means; of another member, none."""
    sentence = _SENTENCES.get(error.member)
    return {} if sentence is None else {error.member: sentence(error, typed)}


def _wrong_name(_error: ClientRefused, _typed: Typed) -> Message:
    return Message(WRONG_NAME, {"most": NAME_CHARACTERS_MAX})


def _wrong_addresses(error: ClientRefused, typed: Typed) -> str | Message:
    if error.value:
        return Message(WRONG_ADDRESS, {"uri": error.value})
    if not _words(typed, error.member):
        return NO_ADDRESS
    return Message(WRONG_ADDRESSES, {"most": URIS_MAX})


def _wrong_scopes(_error: ClientRefused, _typed: Typed) -> str:
    return WRONG_SCOPES


_SENTENCES: Mapping[str, Callable[[ClientRefused, Typed], str | Message]] = MappingProxyType(
    {
        "name": _wrong_name,
        "redirect_uris": _wrong_addresses,
        "post_logout_redirect_uris": _wrong_addresses,
        "scopes": _wrong_scopes,
    }
)


def _words(typed: Typed, name: str) -> Sequence[str]:
    """Return the words of a field: no address and no scope has a space in it."""
    return tuple(getattr(typed, name).split())
