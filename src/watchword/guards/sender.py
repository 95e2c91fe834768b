"""Whether whoever sends a token is the one it was issued to: DPoP, and certificates of clients.

A token says by `cnf` what its sender has to prove. What it says is proved on every request, or the
token is refused; a token that says nothing is a bearer token, and comes under that scheme alone.

Source: RFC 7800 section 3; RFC 8705 section 3; RFC 9449 sections 4.3, 7.1 and 7.2; security.md 83.
"""

from watchword.base.clock import Clock
from watchword.base.secrets import same
from watchword.guards.errors import ProofRefused, SenderNotProved
from watchword.guards.presented import Presented
from watchword.jose.dpop.memory import Memory, Replays
from watchword.jose.dpop.verifier import Verifier
from watchword.jose.errors import TokenError
from watchword.oauth.access_token import AccessClaims
from watchword.oauth.bearer import Credentials
from watchword.oauth.certificates import thumbprint

__all__ = ["PROOF_ALGORITHMS", "SenderCheck"]

PROOF_ALGORITHMS = ("ES256", "ES384", "ES512", "Ed25519", "PS256", "RS256")
_THUMBPRINT = "jkt"  # RFC 9449 section 6.1
_CERTIFICATE = "x5t#S256"  # RFC 8705 section 3.1


class SenderCheck:
    """Holds tokens against what their senders prove.

    Args:
        seen: remembers used proofs; None keeps a memory of this process.
        clock: the time.
    """

    __slots__ = ("_proofs",)

    def __init__(self, seen: Replays | None, clock: Clock) -> None:
        self._proofs = Verifier(
            algorithms=PROOF_ALGORITHMS,
            seen=Memory(clock=clock) if seen is None else seen,
            clock=clock,
        )

    def check(self, claims: AccessClaims, sent: Credentials, presented: Presented) -> None:
        """Refuse a token whose sender does not prove what it is bound to.

        Raises:
            ProofRefused: it is bound to a key, and the proof is missing or at fault.
            SenderNotProved: it is bound to a certificate that the connection does not have, or to
                something that cannot be checked here; or a proof came with a token of nobody's.
            KeysUnavailable: nobody can say whether a proof was used before.
        """
        bound = claims.cnf
        if bound is None:
            if sent.is_dpop:
                raise SenderNotProved(detail="the token is bound to no key, and came as if it were")
            return
        if not bound or not bound.keys() <= {_THUMBPRINT, _CERTIFICATE}:
            raise SenderNotProved(detail=f"cnf holds {sorted(bound)}: nothing to be checked here")
        if _CERTIFICATE in bound:
            _check_certificate(bound[_CERTIFICATE], presented.certificate)
        if _THUMBPRINT in bound:
            self._check_proof(bound[_THUMBPRINT], sent, presented)
        elif sent.is_dpop:
            raise SenderNotProved(detail="the token is bound to a certificate, not to a key")

    def _check_proof(self, jkt: object, sent: Credentials, presented: Presented) -> None:
        if not isinstance(jkt, str):
            raise ProofRefused(detail="cnf.jkt is no text")
        if not sent.is_dpop:
            raise ProofRefused(detail="a token that is bound to a key came as a bearer token")
        if len(presented.proofs) != 1:
            raise ProofRefused(detail=f"{len(presented.proofs)} DPoP fields, and one is needed")
        if not presented.url:
            raise ProofRefused(detail="this API does not know its address: give Guard(..., url=)")
        try:
            self._proofs.verify(
                presented.proofs[0],
                method=presented.method,
                url=presented.url,
                access_token=sent.token,
                jkt=jkt,
            )
        except TokenError as error:
            raise ProofRefused(detail=f"{error} {error.detail}".strip()) from None


def _check_certificate(bound: object, certificate: bytes | None) -> None:
    if certificate is None:
        raise SenderNotProved(detail="the token is bound to a certificate, and none arrives here")
    if (
        not isinstance(bound, str)
        or not bound.isascii()
        or not same(bound, thumbprint(certificate))
    ):
        raise SenderNotProved(detail="the token is bound to another certificate")
