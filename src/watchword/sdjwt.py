"""The door to selective disclosure: `from watchword import sdjwt`.

    text     = sdjwt.issue(signer, claims, hide=["email", "address.street"], holder=key.public())
    shown    = sdjwt.present(text, show=["email"], holder=key, audience=..., nonce=...)
    verifier = sdjwt.Verifier(token_verifier, key_binding=sdjwt.required(audience=..., max_age=60))
    verifier.verify(shown, nonce=...).claims["email"]

Names are imported when first used, as those of `watchword.jwt`.
"""

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
    "errors": ("DisclosureInvalid", "KeyBindingMissing"),
    "sdjwt.holder": ("Received", "from_json", "present", "receive", "to_json"),
    "sdjwt.issue": ("issue",),
    "sdjwt.keybinding": ("KeyBinding", "NotRequired", "Required", "not_required", "required"),
    "sdjwt.verifier": ("VerifiedPresentation", "Verifier"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a name of `__all__` from its module, once."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the door's own import stays free

    value = getattr(import_module(f"watchword.jose.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return __all__
