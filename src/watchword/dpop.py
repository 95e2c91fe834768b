"""The door to proofs of possession: `from watchword import dpop`.

    prover   = dpop.Prover(key)                                       # the client
    proof    = prover.proof("POST", "https://id.example/token")
    verifier = dpop.Verifier(algorithms=["ES256"], seen=dpop.Memory())    # the server
    verifier.verify(proof, method="POST", url="https://id.example/token").thumbprint

Names are imported when first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.dpop.memory import Memory, Replays
    from watchword.jose.dpop.prover import Prover
    from watchword.jose.dpop.verifier import Proof, Verifier

__all__ = ["Memory", "Proof", "Prover", "Replays", "Verifier"]

_HOMES = {
    "Memory": "memory",
    "Proof": "verifier",
    "Prover": "prover",
    "Replays": "memory",
    "Verifier": "verifier",
}


def __getattr__(name: str) -> object:
    """Import a name of `__all__` from its module, once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the door's own import stays free

    value = getattr(import_module(f"watchword.jose.dpop.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return __all__
