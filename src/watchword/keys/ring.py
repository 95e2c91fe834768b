"""The key ring: which key signs, and which keys are published.

The first start makes the first key. Nodes that start together agree through the database: the
store keeps one active key of an algorithm, and every node signs with that one.

Rotation stands in `keys/rotation.py`.

Source: oauth.md K-1, K-3, K-6; RFC 7517 section 5; security.md D12.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from watchword.base.chance import Chance
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.keys.errors import SealBroken
from watchword.keys.record import KeyState, KeyStore, SigningKeyRecord
from watchword.keys.sealing import SealingKey

__all__ = ["SIGNING_ALGORITHMS", "KeyRing", "make_record"]

# What a server signs with; a client may choose another one of them for its ID tokens.
SIGNING_ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519")

SEALED_FOR = "signing key"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one server, as they stood when it opened them."""

    signing_key: Key  # of what is signed unless somebody asks for another algorithm
    signing_keys: Mapping[str, Key]  # the active ones by algorithm, that one among them
    public_keys: KeySet  # every key that is not deleted; a KeySource for verifiers

    @classmethod
    async def open(
        cls, store: KeyStore, sealing: SealingKey, *, alg: str, clock: Clock, chance: Chance
    ) -> "KeyRing":
        """Read the keys; make the first one of `alg` if there is none.

        Args:
            store: where the keys are.
            sealing: what their private parts are sealed with.
            alg: what this server signs with, such as "RS256".
            clock: dates a key that is made.
            chance: gives the nonce of its seal.

        Raises:
            SealBroken: the sealing key does not belong to this database.
            KeyRefused: `alg` is no asymmetric signature algorithm, or a stored key is unreadable.
        """
        records = await store.list_signing_keys()
        if _active(records, alg) is None:
            made = make_record(sealing, alg=alg, now=clock.now(), chance=chance)
            records = (*records, await store.add_first_signing_key(made))
        return cls.of(records, sealing, alg=alg)

    @classmethod
    def of(cls, records: Sequence[SigningKeyRecord], sealing: SealingKey, *, alg: str) -> "KeyRing":
        """Open the keys of these records.

        Raises:
            SealBroken: no active key of `alg`, or it does not open with this sealing key.
            KeyRefused: a stored key is unreadable.
        """
        if _active(records, alg) is None:
            raise SealBroken(f"no stored signing key is an active one for {alg}")
        signing = {
            record.alg: _private(record, sealing)
            for record in records
            if record.state is KeyState.ACTIVE
        }
        published = {record.kid: _public(record) for record in records}
        return cls(signing[alg], MappingProxyType(signing), KeySet(published.values()))

    def publish(self) -> dict[str, object]:
        """Return the JWKS document: public halves, each with `kid`, `alg` and `use`."""
        return self.public_keys.publish()


def _active(records: Sequence[SigningKeyRecord], alg: str) -> SigningKeyRecord | None:
    for record in records:
        if record.alg == alg and record.state is KeyState.ACTIVE:
            return record
    return None


def make_record(
    sealing: SealingKey, *, alg: str, now: int, chance: Chance, activates_at: int | None = None
) -> SigningKeyRecord:
    """Make a key. It takes up to a second of one core for RSA.

    Args:
        sealing: seals the private part.
        alg: what it signs with.
        now: when it is made.
        chance: gives the nonce of its seal.
        activates_at: when it begins to sign; None: at once.
    """
    key = Key.generate(alg, kid="auto")
    kid = str(key.kid)
    private = json.dumps(key.to_jwk(private=True)).encode("ascii")
    return SigningKeyRecord(
        kid=kid,
        alg=alg,
        public_jwk=json.dumps(key.to_jwk()),
        sealed_private=sealing.seal(private, purpose=SEALED_FOR, owner=(kid, alg), chance=chance),
        state=KeyState.ACTIVE if activates_at is None else KeyState.PENDING,
        created_at=now,
        activates_at=activates_at,
    )


def _public(record: SigningKeyRecord) -> Key:
    return Key.from_jwk(record.public_jwk, alg=record.alg)


def _private(record: SigningKeyRecord, sealing: SealingKey) -> Key:
    opened = sealing.unseal(
        record.sealed_private, purpose=SEALED_FOR, owner=(record.kid, record.alg)
    )
    key = Key.from_jwk(opened, alg=record.alg)
    # What is published must be what signs, or every token would be refused elsewhere.
    if key.thumbprint() != _public(record).thumbprint() or key.kid != record.kid:
        raise SealBroken(f"the public part of the stored signing key {record.kid} was replaced")
    return key
