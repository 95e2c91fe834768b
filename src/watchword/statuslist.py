"""The door to token status lists: `from watchword import statuslist`.

    statuses = statuslist.StatusList.new(size=100_000)               # the issuer
    statuses.set(7, statuslist.INVALID)
    text     = statuses.token(signer, uri=..., ttl="10m")
    lists    = statuslist.Verifier(jwt.Verifier(..., typ="statuslist+jwt"))    # the API
    denylist = statuslist.Denylist(lists, fetch=statuslist.fetch, allow=["https://id.example/s/"])

What it implements is a draft; `statuslist.DRAFT` says which. Names are imported when first used.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.statuslist.issued import StatusList
    from watchword.jose.statuslist.packing import DRAFT, INVALID, SUSPENDED, VALID
    from watchword.jose.statuslist.reference import Reference, reference
    from watchword.jose.statuslist.verifier import Statuses, Verifier
    from watchword.net.denylist import Denylist, Fetch
    from watchword.net.statuslist import fetch

__all__ = [
    "DRAFT",
    "INVALID",
    "SUSPENDED",
    "VALID",
    "Denylist",
    "Fetch",
    "Reference",
    "StatusList",
    "Statuses",
    "Verifier",
    "fetch",
    "reference",
]

_HOMES = {
    "jose.statuslist.issued": ("StatusList",),
    "jose.statuslist.packing": ("DRAFT", "INVALID", "SUSPENDED", "VALID"),
    "jose.statuslist.reference": ("Reference", "reference"),
    "jose.statuslist.verifier": ("Statuses", "Verifier"),
    "net.denylist": ("Denylist", "Fetch"),
    "net.statuslist": ("fetch",),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
