"""What a scheme is: a name, limits on what it may cost, and the computation.

Every limit is held when a hash is read from an export and again when it is read from the store, so
that neither a hostile export nor an altered row stalls the server.

Source: users.md U111 (cost parameters are bounded before use); security.md rules 31 and 33.
"""

import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from watchword.base.records import dataclass
from watchword.base.secrets import Secret

__all__ = [
    "FOREIGN_PASSWORD_BYTES_MAX",
    "Parameters",
    "Scheme",
    "any_cost",
    "as_typed",
    "frozen",
    "normalised",
]

Parameters = Mapping[str, int]
Range = tuple[int, int]  # the least and the most

FOREIGN_PASSWORD_BYTES_MAX = 1024  # more is never hashed: some schemes read it once a round


def any_cost(_: Parameters) -> bool:
    """Accept every combination of parameters that are each within their limits."""
    return True


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to make a hash.

    Args:
        name: what its labels begin with.
        limits: each parameter in the order of the label, with the least and the most it may be.
        salt_bytes, digest_bytes: how long these may be.
        decoy_bytes: how long they usually are, for the hash of somebody who does not exist.
        spelling: what of a typed password is hashed.
        derive: password, salt, parameters and length of the digest give the digest.
        is_within: whether the parameters together cost no more than the scheme may.
        comes_from: whose hashes they are, for people.
    """

    name: str
    limits: Mapping[str, Range]
    salt_bytes: Range
    digest_bytes: Range
    spelling: Callable[[Secret], bytes]
    derive: Callable[[bytes, bytes, Parameters, int], bytes]
    comes_from: str
    is_within: Callable[[Parameters], bool] = any_cost
    decoy_bytes: Range = (16, 32)

    def label(self, parameters: Parameters) -> str:
        """Spell the scheme and its parameters: the key of the store's histogram."""
        cost = ",".join(f"{name}={parameters[name]}" for name in self.limits)
        return f"{self.name}${cost}"

    def accepts(self, parameters: Parameters) -> bool:
        """Tell whether the parameters are those of the scheme, each and together in bounds."""
        return (
            list(parameters) == list(self.limits)
            and all(least <= parameters[key] <= most for key, (least, most) in self.limits.items())
            and self.is_within(parameters)
        )


def normalised(password: Secret) -> bytes:
    """Return what watchword hashes: the whole password in NFKC, as UTF-8.

    Source: NIST SP 800-63B-4 section 3.1.1.2 (one normalisation before hashing, no truncation).
    """
    # Half of a surrogate pair is hashed like any other code point: a refusal here would be one
    # more way to answer differently.
    return unicodedata.normalize("NFKC", password.reveal()).encode("utf-8", "surrogatepass")


def as_typed(password: Secret) -> bytes:
    """Return what the others hash: UTF-8 as it was typed."""
    return password.reveal().encode("utf-8", "surrogatepass")


def frozen(limits: dict[str, Range]) -> Mapping[str, Range]:
    """Return the limits as something that cannot be changed."""
    return MappingProxyType(limits)
