from dataclasses import dataclass
from typing import TypedDict

import msgspec
import pydantic
import pytest
from tests.jose import forge

from watchword import jwt
from watchword.jose.jwt.convert import converter, decoder


class Struct(msgspec.Struct):
    sub: str
    roles: list[str] = []


@dataclass(frozen=True, slots=True)
class Record:
    sub: str
    exp: int


class Typed(TypedDict):
    sub: str


class Model(pydantic.BaseModel):
    sub: str
    exp: int


@pytest.mark.parametrize("kind", [Struct, Record, Model])
def test_claims_take_the_type_that_is_named(kind):
    """Tokens.md section 3."""
    made = converter(kind)(forge.claims(roles=["a"]))
    assert type(made) is kind
    assert made.sub == "alice"


def test_a_typed_dict_is_a_dict_of_what_it_names():
    assert converter(Typed)(forge.claims())["sub"] == "alice"


def test_the_default_is_claims():
    assert isinstance(converter(jwt.Claims)(forge.claims()), jwt.Claims)


@pytest.mark.parametrize("kind", [Struct, Record, Model, Typed])
def test_claims_that_do_not_fit_are_invalid(kind):
    with pytest.raises(jwt.ClaimInvalid) as caught:
        converter(kind)({"sub": ["canary"], "exp": 1})
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


class Person(msgspec.Struct, tag="person"):
    sub: str


class Machine(msgspec.Struct, tag="machine"):
    sub: str


def test_claims_take_one_type_of_a_union_or_are_invalid():
    convert = converter(Person | Machine)
    assert convert({"type": "machine", "sub": "m1"}) == Machine("m1")
    with pytest.raises(jwt.ClaimInvalid, match="do not fit the type, given as claims="):
        convert({"type": "canary", "sub": "m1"})


def test_the_misfit_claim_is_named_where_it_can_be():
    with pytest.raises(jwt.ClaimInvalid, match="do not fit Struct, given as claims=") as caught:
        converter(Struct)({"sub": 1})
    assert caught.value.claim == "sub"
    with pytest.raises(jwt.ClaimInvalid) as caught:
        converter(Struct)({"sub": "a", "roles": "canary"})
    assert caught.value.claim == "roles"


@pytest.mark.parametrize("kind", [Struct, Record, Model, Typed])
def test_a_missing_claim_is_named(kind):
    with pytest.raises(jwt.ClaimInvalid) as caught:
        converter(kind)({"exp": 1})
    assert caught.value.claim == "sub"


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    sub: str

    @pydantic.model_validator(mode="after")
    def check(self) -> "Strict":
        if self.sub == "whole":
            raise ValueError("the model as a whole refuses it")
        return self


class Hard:
    @classmethod
    def model_validate(cls, _members: object) -> None:
        raise ValueError("no list of errors")


@pytest.mark.parametrize(
    ("kind", "claims"),
    [(Strict, {"sub": "a", "canary": 1}), (Strict, {"sub": "whole"}), (Hard, {})],
)
def test_what_no_claim_of_the_model_is_at_fault_for_names_none(kind, claims):
    """What a token calls its claims stands in no text."""
    with pytest.raises(jwt.ClaimInvalid) as caught:
        converter(kind)(claims)
    assert caught.value.claim is None
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [object(), "Claims", lambda members: members, int | list[int] | set]
)
def test_what_is_no_type_is_refused_when_the_policy_is_built(kind):
    with pytest.raises(jwt.PolicyRefused, match="claims=") as caught:
        converter(kind)
    assert "Type" in caught.value.detail  # as msgspec says it


class Numbered(msgspec.Struct, forbid_unknown_fields=True):
    shares: dict[int, float]


def test_members_may_be_named_by_numbers_where_the_type_says_so():
    """As in JSON, whose names are all text."""
    assert converter(Numbered)({"shares": {"1": 0.5}}).shares == {1: 0.5}


def test_a_claim_that_the_type_forbids_is_not_named():
    """What a token calls its claims stands in no text."""
    with pytest.raises(jwt.ClaimInvalid) as caught:
        converter(Numbered)({"shares": {}, "canary": 1})
    assert caught.value.claim is None


@pytest.mark.parametrize("kind", [Struct, Record, Model, Typed, Numbered])
def test_json_becomes_what_its_members_become(kind):
    members = {"shares": {"1": 0.5}} if kind is Numbered else {"sub": "alice", "exp": 1}
    assert decoder(kind)(msgspec.json.encode(members)) == converter(kind)(members)


def test_the_default_needs_no_decoder():
    assert decoder(jwt.Claims) is None


class Inner(msgspec.Struct):
    deep: dict[str, list[msgspec.Raw]] = {}


class Unread(msgspec.Struct):
    inner: Inner | None = None


class Endless(msgspec.Struct):
    next: "Endless | None" = None


def test_a_type_that_holds_text_before_it_is_read_is_refused_when_the_policy_is_built():
    """What a verdict is must not hang on which tokens came before."""
    for kind in (Unread, Inner):
        with pytest.raises(jwt.PolicyRefused, match="claims="):
            converter(kind)
    assert converter(Endless)(forge.claims()) == Endless()
