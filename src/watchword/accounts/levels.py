"""Levels of a login: what was proved, when, and what that amounts to.

A proof is a recorded event. `amr`, `acr` and `auth_time` are functions of the proofs and of nothing
else; what a request says about its own level is never read.

A password is something known; a code generator, a sheet of recovery codes and a passkey are
something held. One of each is two factors, and so is a passkey whose device checked its user. Two
of the same kind are one factor, and a code sent by mail is none beside a password: whoever reads
the mail can often set the password too.

Source: NIST SP 800-63B-4 sections 2.1, 2.2 and 3.1.3.1; RFC 8176 section 2; OpenID Connect Core
section 2 (acr, amr, auth_time); security.md rule 44; decisions/0110.
"""

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from watchword.base.records import dataclass

__all__ = [
    "ACR_VALUES",
    "Level",
    "Method",
    "Proof",
    "acr",
    "amr",
    "auth_time",
    "format_proofs",
    "level",
    "parse_proofs",
]

PROOFS_MAX = 8  # kept of a session: the newest of each method, and there are as many methods


class Level(Enum):
    """How sure the server is of who is there. The value is what `acr` says."""

    ONE_FACTOR = "aal1"
    TWO_FACTORS = "aal2"

    @property
    def rank(self) -> int:
        """Larger is surer."""
        return ACR_VALUES.index(self.value)


ACR_VALUES = tuple(level.value for level in Level)  # in rising order


class Method(Enum):
    """What was shown. The value is its word in the `proofs` columns, of RFC 8176 where it has one.

    `hwk` is a key that cannot leave its device, `swk` one that is kept in several places; `user`
    beside them says that the device made sure of its user (by finger, face or PIN).
    """

    PASSWORD = "pwd"  # noqa: S105  # a word of RFC 8176, not a password
    TOTP = "otp"
    RECOVERY_CODE = "rcv"
    MAIL_CODE = "mail"
    HARDWARE_KEY = "hwk"
    HARDWARE_KEY_AND_USER = "hwk+user"
    SOFTWARE_KEY = "swk"
    SOFTWARE_KEY_AND_USER = "swk+user"


_HELD = frozenset({Method.TOTP, Method.RECOVERY_CODE, Method.HARDWARE_KEY, Method.SOFTWARE_KEY})
_BOTH = frozenset({Method.HARDWARE_KEY_AND_USER, Method.SOFTWARE_KEY_AND_USER})


@dataclass(frozen=True, slots=True)
class Proof:
    """One recorded event: this was shown at this time (seconds since the epoch)."""

    method: Method
    at: int


def amr(proofs: Iterable[Proof]) -> tuple[str, ...]:
    """Return the methods in the words of RFC 8176, the oldest first; `mfa` last at two factors."""
    shown = tuple(proofs)
    ordered = sorted(shown, key=lambda proof: proof.at)
    words = dict.fromkeys(word for proof in ordered for word in proof.method.value.split("+"))
    return (*words, "mfa") if level(shown) is Level.TWO_FACTORS else tuple(words)


def auth_time(proofs: Iterable[Proof]) -> int:
    """Return when the person last showed anything.

    Raises:
        ValueError: nothing was shown.
    """
    return max(proof.at for proof in proofs)


def factor_time(proofs: Iterable[Proof]) -> int:
    """Return when the person last showed something that they hold; 0 where they never did."""
    return max((proof.at for proof in proofs if proof.method in _HELD | _BOTH), default=0)


def level(proofs: Iterable[Proof]) -> Level:
    """Return the level that the proofs reach together."""
    methods = {proof.method for proof in proofs}
    if methods & _BOTH or (Method.PASSWORD in methods and methods & _HELD):
        return Level.TWO_FACTORS
    return Level.ONE_FACTOR


def acr(proofs: Iterable[Proof]) -> str:
    """Return the level as `acr` says it."""
    return level(proofs).value


def format_proofs(proofs: Iterable[Proof]) -> str:
    """Return the text of the `proofs` columns, such as `pwd@1700000000 otp@1700000005`.

    Of several proofs of one method the newest is kept.
    """
    newest: dict[Method, int] = {}
    for proof in proofs:
        newest[proof.method] = max(proof.at, newest.get(proof.method, proof.at))
    ordered = sorted(newest.items(), key=lambda item: item[1])  # of one second: as they came
    return " ".join(f"{method.value}@{at}" for method, at in ordered)


# Every refresh of a login reads the same text; a hit costs a fiftieth of the parsing.
@lru_cache(maxsize=4096)
def parse_proofs(text: str) -> tuple[Proof, ...]:
    """Read the text of a `proofs` column.

    Raises:
        ValueError: it was not written by `format_proofs`.
    """
    words = text.split()
    if len(words) > PROOFS_MAX:
        raise ValueError(f"a login has at most {PROOFS_MAX} proofs")
    return tuple(_proof(word) for word in words)


def _proof(word: str) -> Proof:
    method, _, at = word.partition("@")
    if not (at.isascii() and at.isdecimal()):
        raise ValueError("a proof is a method, a sign @ and a time")
    return Proof(Method(method), int(at))
