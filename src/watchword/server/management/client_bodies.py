"""What the management API takes and gives of applications, in the words of RFC 7591.

What a record may be is judged where every record is; here stand the forms alone.

Source: RFC 7591 section 2; oauth.md C-1; security.md rules 61 and 87.
"""

import json
from typing import Annotated, Any, Self, cast

from pydantic import BaseModel, Field, model_validator

from watchword.base.secrets import Secret
from watchword.oauth.clients import CLIENT_ID_CHARACTERS_MAX
from watchword.oauth.registration.administration import KeptClient
from watchword.oauth.registration.changes import ClientChanges
from watchword.oauth.registration.client_rules import NAME_CHARACTERS_MAX, URIS_MAX
from watchword.oauth.registration.members import ClientMembers
from watchword.oauth.scopes import SCOPES_MAX
from watchword.server.management.bodies import ReasonIn

__all__ = ["ClientChangesIn", "ClientOut", "ClientsOut", "NewClientIn", "NewClientOut"]

_TEXT = Annotated[str, Field(max_length=2_048)]
_Uris = Annotated[list[_TEXT], Field(max_length=URIS_MAX)]
_Words = Annotated[list[_TEXT], Field(max_length=SCOPES_MAX)]
_Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
_Id = Annotated[str, Field(min_length=1, max_length=CLIENT_ID_CHARACTERS_MAX)]


class _MembersIn(ReasonIn):
    """What is said of an application when it is added, and may be said anew."""

    redirect_uris: _Uris = Field(default=[])
    post_logout_redirect_uris: _Uris = Field(default=[])
    allowed_origins: _Uris = Field(default=[])
    scopes: _Words | None = Field(default=None, description="null: all that there are.")
    grant_types: _Words = Field(default=[])
    jwks: dict[str, Any] = Field(default={}, description="Its public keys.")
    jwks_uri: _TEXT = ""
    require_pkce: bool = False
    id_token_alg: _TEXT | None = None
    logo_uri: _TEXT | None = None

    def said(self) -> dict[str, object]:
        """Return what the body says beside the reason; what it leaves out is no part of it."""
        return self.model_dump(exclude={"reason"}, exclude_unset=True)


class NewClientIn(_MembersIn):
    """An application to be added. Its grant types are those of everybody unless it names some."""

    id: _Id | None = Field(default=None, description="Left out: the server makes one.")
    name: _Name
    is_first_party: bool = Field(default=False, description="Yours: passwords, and no consent.")
    is_confidential: bool = Field(default=False, description="It gets a secret, shown once.")

    def members(self) -> ClientMembers:
        """Return what the record is made of, beside its id, its name and a secret."""
        said = {name: value for name, value in self.said().items() if value is not None}
        for name in ("id", "name", "is_confidential"):
            said.pop(name, None)
        if "is_first_party" in said:
            said["first_party"] = said.pop("is_first_party")
        return cast("ClientMembers", said)


class ClientChangesIn(_MembersIn):
    """What is said anew. What is left out stays; null takes a member away."""

    name: _Name = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.said():
            raise ValueError("nothing is to be changed")
        return self

    def changes(self) -> ClientChanges:
        """Return what is to be changed."""
        return cast("ClientChanges", self.said())


class ClientOut(BaseModel):
    """An application. What it proves itself by is never part of it."""

    id: str
    name: str
    is_active: bool
    is_first_party: bool
    is_confidential: bool
    is_declared: bool
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    allowed_origins: list[str]
    scopes: list[str] | None
    grant_types: list[str]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    require_pkce: bool
    id_token_alg: str | None
    logo_uri: str | None
    created_at: int

    @classmethod
    def of(cls, kept: KeptClient) -> Self:
        """Return what is told of an application."""
        return cls.model_validate(_of_client(kept))


class NewClientOut(ClientOut):
    """An application that was added. Its secret, if it has one, is shown here and nowhere again."""

    client_secret: str | None

    @classmethod
    def made(cls, kept: KeptClient, secret: Secret | None) -> "NewClientOut":
        """Return what is told of an application that was just added."""
        shown = None if secret is None else secret.reveal()
        return cls.model_validate({**_of_client(kept), "client_secret": shown})


class ClientsOut(BaseModel):
    """A page of applications; `next` is what `after` has to be for the next one, or null."""

    clients: list[ClientOut]
    next: str | None


def _of_client(kept: KeptClient) -> dict[str, object]:
    client = kept.client
    return {
        "id": client.client_id,
        "name": client.name,
        "is_active": kept.is_active,
        "is_first_party": client.is_first_party,
        "is_confidential": client.is_confidential,
        "is_declared": kept.is_declared,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "allowed_origins": list(client.allowed_origins),
        "scopes": None if client.scopes is None else sorted(client.scopes),
        "grant_types": sorted(client.grant_types),
        "jwks": None if client.jwks is None else json.loads(client.jwks),
        "jwks_uri": client.jwks_uri,
        "require_pkce": client.requires_pkce,
        "id_token_alg": client.id_token_alg,
        "logo_uri": client.details.get("logo_uri"),
        "created_at": kept.created_at,
    }
