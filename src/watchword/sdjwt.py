"""The door to selective disclosure: `from watchword import sdjwt`.

    text     = sdjwt.issue(signer, claims, hide=["email", "address.street"], holder=key.public())
    shown    = sdjwt.present(text, show=["email"], holder=key, audience=..., nonce=...)
    verifier = sdjwt.Verifier(token_verifier, key_binding=sdjwt.required(audience=..., max_age=60))
    verifier.verify(shown, nonce=...).claims["email"]

Names are imported when first used, as those of `watchword.jwt`.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.jose.errors import DisclosureInvalid, KeyBindingMissing
    from watchword.jose.sdjwt.holder import Received, from_json, present, receive, to_json
    from watchword.jose.sdjwt.issue import issue
    from watchword.jose.sdjwt.keybinding import (
        KeyBinding,
        NotRequired,
        Required,
        not_required,
        required,
    )
    from watchword.jose.sdjwt.verifier import VerifiedPresentation, Verifier

__all__ = [
    "DisclosureInvalid",
    "KeyBinding",
    "KeyBindingMissing",
    "NotRequired",
    "Received",
    "Required",
    "VerifiedPresentation",
    "Verifier",
    "from_json",
    "issue",
    "not_required",
    "present",
    "receive",
    "required",
    "to_json",
]

_HOMES = {
    "jose.errors": ("DisclosureInvalid", "KeyBindingMissing"),
    "jose.sdjwt.holder": ("Received", "from_json", "present", "receive", "to_json"),
    "jose.sdjwt.issue": ("issue",),
    "jose.sdjwt.keybinding": ("KeyBinding", "NotRequired", "Required", "not_required", "required"),
    "jose.sdjwt.verifier": ("VerifiedPresentation", "Verifier"),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
