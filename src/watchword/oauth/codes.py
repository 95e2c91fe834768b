"""Authorization codes: what they are bound to, and the one use that spends them.

Every binding stands in the WHERE of the statement that spends a code, so that a wrong client,
address, verifier, resource or key neither wins nor burns a good code. A second use with all the
right bindings revokes what the first one bought.

Source: RFC 6749 sections 4.1.2 and 10.5; RFC 9700 sections 2.1.1 and 4.5; oauth.md S-3 to S-5.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from watchword.accounts.levels import Proof
from watchword.accounts.sessions import NewSession
from watchword.base.records import dataclass
from watchword.oauth.claims_request import NOTHING_ASKED, ClaimsRequest
from watchword.oauth.families import Facts, NewFamily, Refused

__all__ = ["CODE_LIFETIME_SECONDS", "CodeStore", "NewCode", "RedeemCode"]

CODE_LIFETIME_SECONDS = 60  # security.md rule 55


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to be stored: only its hash, with all that it stands for and is bound to."""

    code_hash: bytes
    client_id: str
    redirect_uri: str | None  # None: none was used, and none may be presented
    code_challenge: str | None  # S256; None: none was sent, and no verifier may be presented
    dpop_jkt: str | None  # thumbprint of the key that has to be proved; None: any
    resource: str
    scopes: tuple[str, ...]
    nonce: str | None  # for the ID token
    user_id: str
    password_hash: str | None = field(repr=False)  # as it was verified
    proofs: tuple[Proof, ...]
    sid: str | None  # of the session that is there; None: redeeming opens one
    created_at: int
    expires_at: int
    claims: ClaimsRequest = NOTHING_ASKED
    device_hash: bytes | None = None  # of what the session that is opened is known by
    # Further resources that may be chosen, each with its scopes (RFC 8707 section 2.2).
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """The presentation of a code, with all that it is bound to, and what it is to buy.

    Args:
        code_hash: SHA-256 of the whole code.
        client_id: as authenticated.
        redirect_uri: as presented.
        code_challenge: of the verifier as presented.
        dpop_jkt: of the key that was proved.
        resource: None: the code's own; otherwise that, or one of its choices.
        family: what is opened; resources and scopes are then the code's.
        session: what is opened where the code has none; proofs and device are then the code's.
        now: seconds since the epoch.
    """

    code_hash: bytes
    client_id: str
    redirect_uri: str | None
    code_challenge: str | None
    dpop_jkt: str | None
    resource: str | None
    family: NewFamily
    session: NewSession
    now: int


class CodeStore(Protocol):
    """What codes need of a store. Each method is one transaction."""

    async def add_code(self, code: NewCode) -> None:
        """Store a code."""
        ...

    async def redeem_code(self, command: RedeemCode) -> Facts | Refused:
        """Spend the code and open what it buys, all or nothing.

        Of any number of concurrent callers with the right bindings exactly one gets the facts. Each
        of the others revokes the family that it opened, and is told REUSED. Wrong bindings change
        nothing.
        """
        ...
