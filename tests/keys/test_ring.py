"""The key ring: the first key, agreement of nodes, what is published."""

import asyncio
import json
from dataclasses import replace

import pytest

from watchword.base import chance
from watchword.jose.errors import KeyRefused
from watchword.jose.jwk.key import Key
from watchword.jose.jwt.signer import Signer
from watchword.jose.jwt.verifier import Verifier
from watchword.keys.errors import KeyRingError, SealBroken
from watchword.keys.record import KeyState, SigningKeyRecord
from watchword.keys.ring import KeyRing
from watchword.keys.sealing import SealingKey

NOW = 1_800_000_000
SEALING = SealingKey(bytes(range(32)))


class FixedClock:
    def now(self):
        return NOW

    def monotonic(self):
        return 0.0


def opening(store, sealing=SEALING, alg="ES256"):
    return KeyRing.open(store, sealing, alg=alg, clock=FixedClock(), chance=chance.SYSTEM)


def record_of(key, state=KeyState.ACTIVE, **changes):
    private = json.dumps(key.to_jwk(private=True)).encode()
    made = SigningKeyRecord(
        kid=key.kid,
        alg=key.alg,
        public_jwk=json.dumps(key.to_jwk()),
        sealed_private=SEALING.seal(
            private, purpose="signing key", owner=(key.kid, key.alg), chance=chance.SYSTEM
        ),
        state=state,
        created_at=NOW,
    )
    return replace(made, **changes)


class Listed:
    """A store with given records, for states that the issue's store does not make."""

    def __init__(self, *records):
        self.records = records

    async def list_signing_keys(self):
        return self.records


@pytest.mark.requirement("oauth:K-6:first-key")
def test_first_start_makes_a_key_and_the_next_one_finds_it(run, store):
    first = run(opening(store))
    again = run(opening(store))
    assert first.signing_key.kid == again.signing_key.kid
    assert again.signing_key.is_private
    (record,) = run(store.list_signing_keys())
    assert (record.created_at, record.state) == (NOW, KeyState.ACTIVE)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "Ed25519"])
def test_ring_signs_what_its_public_keys_verify(run, store, alg):
    ring = run(opening(store, alg=alg))
    signer = Signer(ring.signing_key, issuer="i", audience="a", lifetime="5m", typ="at+jwt")
    verifier = Verifier(ring.public_keys, issuer="i", audience="a", typ="at+jwt")
    verified = verifier.verify(signer.sign(sub="user_1"))
    assert verified.header.alg == alg
    assert verified.key.kid == ring.signing_key.kid


def test_nodes_that_start_together_agree(run, store):
    async def together():
        return await asyncio.gather(*(opening(store) for _ in range(8)))

    rings = run(together())
    assert len({ring.signing_key.kid for ring in rings}) == 1
    assert len({json.dumps(ring.publish()) for ring in rings}) == 1


@pytest.mark.requirement("oauth:K-6:sealed-at-rest")
def test_database_holds_no_private_part(run, store):
    """oauth.md K-6; security.md rule 101."""
    ring = run(opening(store))
    private = ring.signing_key.to_jwk(private=True)
    (record,) = run(store.list_signing_keys())
    assert private["d"] not in record.public_jwk
    assert private["d"].encode() not in record.sealed_private
    assert private["d"] not in repr(ring)


@pytest.mark.requirement("oauth:K-3:public-parts-only", "rfc8414:2:jwks-signing-keys")
def test_published_set_has_public_parts_with_kid_alg_and_use(run, store):
    """oauth.md K-3, W-4."""
    run(opening(store, alg="RS256"))
    published = run(opening(store, alg="ES256")).publish()
    assert [sorted(jwk) for jwk in published["keys"]] == [
        ["alg", "e", "kid", "kty", "n", "use"],
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]
    assert {jwk["use"] for jwk in published["keys"]} == {"sig"}


def test_each_algorithm_has_its_own_key(run, store):
    rsa = run(opening(store, alg="RS256"))
    both = run(opening(store, alg="ES256"))
    assert both.signing_key.alg == "ES256"
    assert both.public_keys.find("RS256", rsa.signing_key.kid).alg == "RS256"


@pytest.mark.requirement("oauth:K-1:old-keys-published", "oauth:N-23:old-keys-published")
def test_pending_and_retired_keys_are_published_and_never_sign(run):
    """oauth.md K-1."""
    pending, active, retired = (Key.generate("ES256") for _ in range(3))
    listed = Listed(
        record_of(retired, KeyState.RETIRED),
        record_of(pending, KeyState.PENDING),
        record_of(active),
    )
    ring = run(opening(listed))
    assert ring.signing_key.kid == active.kid
    assert len(ring.publish()["keys"]) == 3


def test_wrong_sealing_key_stops_the_start_and_names_the_fix(run, store):
    run(opening(store))
    with pytest.raises(SealBroken, match="start with the key file") as refused:
        run(opening(store, sealing=SealingKey(b"o" * 32)))
    assert refused.value.code == "seal_broken"


@pytest.mark.parametrize("renamed", ["kid", "key"])
def test_replaced_public_part_is_noticed(run, renamed):
    """Whoever can write the database but has no sealing key must not choose what is published."""
    active, other = Key.generate("ES256", kid="k1"), Key.generate("ES256", kid="k1")
    if renamed == "kid":
        private = json.dumps({**active.to_jwk(private=True), "kid": "k2"}).encode()
        sealed = SEALING.seal(
            private, purpose="signing key", owner=("k1", "ES256"), chance=chance.SYSTEM
        )
        listed = Listed(record_of(active, sealed_private=sealed))
    else:
        listed = Listed(record_of(active, public_jwk=json.dumps(other.to_jwk())))
    with pytest.raises(SealBroken, match="was replaced"):
        run(opening(listed))


def test_shared_secret_cannot_sign_for_a_server(run, store):
    with pytest.raises(KeyRefused):
        run(opening(store, alg="HS256"))


def test_error_without_a_fix_says_what_was_found():
    assert str(KeyRingError("found")) == "found"


def test_records_without_an_active_key_of_the_algorithm_open_nothing():
    for records in ((), (record_of(Key.generate("ES256", kid="k1"), KeyState.RETIRED),)):
        with pytest.raises(SealBroken, match="no stored signing key"):
            KeyRing.of(records, SEALING, alg="ES256")
