"""The door to proofs of possession: `from watchword import dpop`.

    prover   = dpop.Prover(key)                                       # the client
    proof    = prover.proof("POST", "https://id.example/token")
    verifier = dpop.Verifier(algorithms=["ES256"], seen=dpop.Memory())    # the server
    verifier.verify(proof, method="POST", url="https://id.example/token").thumbprint

Names are imported when first used.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.dpop.memory import Memory, Replays
    from watchword.jose.dpop.prover import Prover
    from watchword.jose.dpop.verifier import Proof, Verifier

__all__ = ["Memory", "Proof", "Prover", "Replays", "Verifier"]

_HOMES = {
    "jose.dpop.memory": ("Memory", "Replays"),
    "jose.dpop.prover": ("Prover",),
    "jose.dpop.verifier": ("Proof", "Verifier"),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
