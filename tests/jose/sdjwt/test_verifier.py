"""The verifier: one path, under a policy written before."""

import asyncio
import json

import msgspec
import pytest
from tests.jose import forge
from tests.jose.jwt.test_verifier_arrivals import ArrivingList
from tests.jose.keys import AUDIENCE, ISSUER, NOW, FixedClock, public
from tests.jose.sdjwt.credentials import (
    NONCE,
    RECEIVER,
    TYP,
    bind,
    bound_verifier,
    digests,
    disclosure,
    free_verifier,
    issue,
    present,
    signed,
    token_verifier,
)

from watchword import jwt, sdjwt


@pytest.mark.requirement("rfc9901:7.3:policy-first", "tokens:J-47:policy")
def test_whether_key_binding_is_checked_does_not_depend_on_what_was_sent():
    with_proof, without = present(issue()), sdjwt.present(issue(), show=["email"])
    with pytest.raises(sdjwt.KeyBindingMissing):
        bound_verifier().verify(without, nonce=NONCE)
    assert bound_verifier().verify(with_proof, nonce=NONCE).key_binding is not None
    for text in (with_proof, without):
        found = free_verifier().verify(text)
        assert found.claims["email"] == "alice@example.org"
        assert found.key_binding is None


def test_a_proof_that_nobody_asked_for_is_not_read_and_not_reported():
    for proof in ("garbage", bind(issue(), nonce="x").rpartition("~")[2]):
        found = free_verifier().verify(issue() + proof)
        assert found.key_binding is None


@pytest.mark.requirement("rfc9901:7.3:nonce", "tokens:J-47:policy")
def test_a_call_says_what_it_means():
    for nonce in (None, "", 7):
        with pytest.raises(jwt.PolicyRefused, match="nonce") as refused:
            bound_verifier().verify(present(issue()), nonce=nonce)
        assert refused.value.claim == "nonce"
        with pytest.raises(jwt.PolicyRefused, match="nonce"):
            bound_verifier().verify_json(sdjwt.to_json(present(issue())), nonce=nonce)
    with pytest.raises(jwt.PolicyRefused, match="nonce"):
        free_verifier().verify(issue(), nonce=NONCE)


def test_a_presentation_is_judged_at_one_time():
    """What begins before a token ends is not refused halfway."""

    class Running(FixedClock):
        def now(self) -> int:
            self.time += 3_600
            return self.time - 3_600

    end = NOW + 60
    text = signed(forge.claims(exp=end))
    assert free_verifier(clock=Running(end - 1)).verify(text).claims["exp"] == end
    awaited = free_verifier(clock=Running(end - 1)).averify(text)
    assert asyncio.run(awaited).claims["exp"] == end


@pytest.mark.parametrize(
    ("verifier", "policy"),
    [
        (None, sdjwt.not_required),
        ("key", sdjwt.not_required),
        (token_verifier(), None),
        (token_verifier(), True),
        (token_verifier(), sdjwt.required),
    ],
)
def test_a_verifier_without_its_policies_is_not_built(verifier, policy):
    with pytest.raises(jwt.PolicyRefused):
        sdjwt.Verifier(verifier, key_binding=policy)
    with pytest.raises(TypeError):
        sdjwt.Verifier(token_verifier())


@pytest.mark.requirement("rfc9901:9.1:issuer-signature", "tokens:J-46:order")
def test_the_signature_comes_first():
    """A broken disclosure of a forged token is not even looked at."""
    text = signed({"_sd": 7}, "not base64!")
    header, payload, rest = text.split(".", 2)
    forged = f"{header}.{payload}.{'A' * 86}~{rest.partition('~')[2]}"
    with pytest.raises(jwt.SignatureInvalid):
        free_verifier().verify(forged)
    with pytest.raises(sdjwt.DisclosureInvalid):
        free_verifier().verify(text)


@pytest.mark.requirement("rfc9901:7.1:validity", "rfc9901:9.7:required-as-processed")
@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("exp", NOW, jwt.Expired),
        ("nbf", NOW + 60, jwt.NotYetValid),
        ("aud", "other", jwt.WrongAudience),
        ("iss", "other", jwt.WrongIssuer),
    ],
)
def test_claims_are_judged_as_they_are_after_processing(name, value, kind):
    hidden = disclosure("salt", name, value)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 900, "iat": NOW}
    claims.pop(name, None)
    text = raw(claims | {"_sd": digests(hidden)})
    with pytest.raises(kind):
        free_verifier().verify(text + hidden + "~")
    if name != "nbf":
        with pytest.raises(jwt.ClaimMissing):
            free_verifier().verify(text)


def raw(payload: dict[str, object]) -> str:
    return forge.token({"alg": "Ed25519", "typ": TYP}, payload, alg="Ed25519") + "~"


def test_a_required_claim_that_is_kept_back_is_missing():
    verifier = free_verifier(require=("email",))
    assert verifier.verify(sdjwt.present(issue(), show=["email"]))
    with pytest.raises(jwt.ClaimMissing, match="email"):
        verifier.verify(sdjwt.present(issue(), show=[]))


def test_claims_have_the_type_that_the_policy_names():
    class Person(msgspec.Struct):
        email: str
        sub: str

    verifier = free_verifier(claims=Person)
    assert verifier.verify(sdjwt.present(issue(), show=["email"])).claims.sub == "alice"
    with pytest.raises(jwt.ClaimInvalid, match="Person"):
        verifier.verify(sdjwt.present(issue(), show=[]))


def test_a_denylist_is_asked_last():
    asked = []
    verifier = free_verifier(denylist=lambda verified: bool(asked.append(verified)) or True)
    with pytest.raises(jwt.TokenRevoked):
        verifier.verify(issue())
    assert asked[0].claims["email"] == "alice@example.org"


def test_the_result_holds_a_verified_token():
    found = bound_verifier().verify(present(issue()), nonce=NONCE)
    assert isinstance(found.verified, jwt.Verified)
    assert found.verified.expires_in == 900


@pytest.mark.requirement("tokens:J-46:form")
def test_a_plain_token_is_no_sd_jwt_and_the_other_way_round():
    token = issue().partition("~")[0]
    with pytest.raises(jwt.MalformedToken):
        free_verifier().verify(token)
    with pytest.raises(jwt.MalformedToken):
        token_verifier().verify(issue())


@pytest.mark.requirement("rfc9901:9.11:explicit-type")
def test_the_type_is_the_policys():
    with pytest.raises(jwt.WrongType):
        free_verifier(typ="other+sd-jwt").verify(issue())


@pytest.mark.requirement("rfc9901:8:json-serialization", "rfc9901:8.1:sd-hash")
def test_the_json_form_proves_the_same():
    document = json.loads(sdjwt.to_json(present(issue())))
    assert bound_verifier().verify_json(json.dumps(document), nonce=NONCE).key_binding is not None
    fewer = document | {"header": document["header"] | {"disclosures": []}}
    with pytest.raises(jwt.ClaimInvalid, match="sd_hash"):
        bound_verifier().verify_json(json.dumps(fewer), nonce=NONCE)


def test_both_signatures_are_judged_at_one_time():
    late = sdjwt.Verifier(
        token_verifier(clock=FixedClock(NOW + 900)), key_binding=sdjwt.not_required
    )
    with pytest.raises(jwt.Expired):
        late.verify(issue())
    with pytest.raises(jwt.TooOld):
        bound_verifier(seconds=61).verify(present(issue()), nonce=NONCE)


def test_a_repr_names_the_policy():
    assert "key_binding=True" in repr(bound_verifier())


def test_keys_that_have_to_come_are_awaited():
    """tokens.md decision 5: `await` exists where keys are fetched, and nowhere else."""
    source = Arriving(public("Ed25519"))
    tokens = jwt.Verifier(source, issuer=ISSUER, audience=AUDIENCE, typ=TYP, clock=FixedClock())
    policy = sdjwt.required(audience=RECEIVER, max_age=60)
    verifier = sdjwt.Verifier(tokens, key_binding=policy)
    text = present(issue())

    async def ask():
        first = await verifier.averify(text, nonce=NONCE)
        second = await verifier.averify_json(sdjwt.to_json(text), nonce=NONCE)
        with pytest.raises(jwt.PolicyRefused):
            await verifier.averify(text)
        with pytest.raises(jwt.PolicyRefused):
            await verifier.averify_json(sdjwt.to_json(text))
        return first, second

    first, second = asyncio.run(ask())
    assert first.claims["email"] == second.claims["email"] == "alice@example.org"
    assert first.key_binding.issued_at == second.key_binding.issued_at == NOW
    assert source.fetches == 1


class Ticking(FixedClock):
    """A clock that goes on by a second whenever somebody looks at it."""

    def now(self) -> int:
        self.time += 1
        return self.time


def test_a_presentation_is_judged_at_one_time_whether_it_is_awaited_or_not():
    """It has a second left when it is looked at, and none a second later."""
    found = free_verifier(clock=Ticking(NOW + 898)).verify(issue())
    awaited = asyncio.run(free_verifier(clock=Ticking(NOW + 898)).averify(issue()))
    assert found.verified.expires_in == awaited.verified.expires_in == 1


def test_a_denylist_that_has_to_come_is_awaited():
    """tokens.md decision 5, of status lists."""
    denylist = ArrivingList()
    found = asyncio.run(free_verifier(denylist=denylist).averify(issue()))
    assert found.claims["email"] == "alice@example.org"
    assert (denylist.asked, denylist.left) == (["pending", "pending"], 0)


class Arriving:
    """A source whose one key comes after it was asked for."""

    def __init__(self, key: jwt.Key) -> None:
        self.algorithms = frozenset({key.alg})
        self.fetches = 0
        self._key = key

    def find(self, *_asked: object) -> jwt.Key:
        raise AssertionError("an awaiting caller never blocks")

    def find_at_hand(self, *_asked: object) -> jwt.Key:
        raise jwt.KeysUnavailable("not yet")

    def find_or_pending(self, *_asked: object) -> jwt.Key:
        if self.fetches == 0:
            raise jwt.KeysPending(self._arrive)
        return self._key

    async def _arrive(self) -> None:
        self.fetches += 1
