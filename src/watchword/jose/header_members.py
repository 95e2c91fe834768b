"""The members of a token's header, whether it is signed or encrypted.

What a header of either kind may say is decided in `jws.header` and `jwe.header`; both read it with
these. `jwk`, `jku`, `x5u` and `x5c` are ordinary unknown members here: nothing follows them.

Source: RFC 7515 section 4; RFC 7516 section 4; tokens.md J-18 to J-20.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from watchword.base.limits import HEADER_BYTES_MAX, HEADER_MEMBERS_MAX, KID_CHARACTERS_MAX
from watchword.jose.errors import CriticalHeader, MalformedToken, PolicyRefused, TokenTooLarge
from watchword.jose.json_part import read_object

__all__ = [
    "REGISTERED",
    "CritHandlers",
    "check_types",
    "checked_handlers",
    "critical_names",
    "decode",
    "handle_critical",
    "text",
    "understood",
]

CritHandlers = Mapping[str, Callable[[object], None]]
"""Extension names, each with a function that is given the member's value.

It refuses the value by CriticalHeader or any ValueError. It is called before the signature is
checked, so the value may be anything. Other exceptions are the handler's own and stay as they are.
"""

# Names that RFC 7515 section 4.1, RFC 7516 section 4.1 and RFC 7518 section 4 register may not be
# listed in "crit".
REGISTERED = frozenset(
    ("alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit")
) | frozenset(("enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"))


def decode(header_b64u: bytes) -> dict[str, object]:
    """Return the members of an encoded header.

    Raises:
        MalformedToken: not base64url of a JSON object.
        TokenTooLarge: too many bytes.
    """
    if len(header_b64u) > HEADER_BYTES_MAX * 4 // 3 + 1:
        raise TokenTooLarge(f"the header is larger than {HEADER_BYTES_MAX} bytes")
    return read_object(header_b64u, "header", bytes_max=HEADER_BYTES_MAX)


def check_types(members: Mapping[str, object], texts: Collection[str]) -> None:
    """Check how many members there are, that those of `texts` are text, and the length of kid.

    Raises:
        MalformedToken: a member of a wrong type.
        TokenTooLarge: too many members, or too long a kid.
    """
    if len(members) > HEADER_MEMBERS_MAX:
        raise TokenTooLarge(f"the header has more than {HEADER_MEMBERS_MAX} members")
    for name in texts:
        if name in members and not isinstance(members[name], str):
            raise MalformedToken("the header member is not text", claim=name)
    kid = text(members, "kid")
    if kid is not None and len(kid) > KID_CHARACTERS_MAX:
        raise TokenTooLarge(f"the kid is longer than {KID_CHARACTERS_MAX} characters", claim="kid")


def understood(names: Iterable[str]) -> CritHandlers:
    """Return handlers that take any value of these extensions, for who writes a header."""
    return dict.fromkeys(names, _understood)


def critical_names(members: Mapping[str, object]) -> list[str]:
    """Return what `crit` lists, once its form is right.

    Raises:
        CriticalHeader: its form is wrong, or it names a member that is registered or absent.
    """
    if "crit" not in members:
        return []
    listed = members["crit"]
    if not isinstance(listed, list) or not listed:
        raise CriticalHeader("crit is a list that is not empty", claim="crit")
    names = [name for name in listed if isinstance(name, str)]
    if len(names) != len(listed) or len(set(names)) != len(names):
        raise CriticalHeader("crit lists text, each once", claim="crit")
    if not REGISTERED.isdisjoint(names) or not all(name in members for name in names):
        raise CriticalHeader("crit names a registered or absent member", claim="crit")
    return names


def checked_handlers(crit: object) -> CritHandlers:
    """Return the handlers of critical extensions that a policy names.

    Raises:
        PolicyRefused: no mapping of text to functions, or a name that is registered or `b64`.
    """
    if crit is None:
        return {}
    if not isinstance(crit, Mapping) or not all(isinstance(name, str) and name for name in crit):
        raise PolicyRefused("crit= maps names of extensions to functions", claim="crit")
    for name, handler in crit.items():
        if name == "b64":
            raise PolicyRefused(
                "b64 is understood already in a JWS, and no part of a JWT (RFC 7797)", claim=name
            )
        if name in REGISTERED:
            raise PolicyRefused("crit= names a registered header member", claim=name)
        if not callable(handler):
            raise PolicyRefused("crit= gives a function for each extension", claim=name)
    return dict(crit)


def handle_critical(name: str, members: Mapping[str, object], handlers: CritHandlers) -> None:
    """Let the handler of a critical member look at its value.

    Raises:
        CriticalHeader: there is none, or it refuses the value.
    """
    if name not in handlers:
        raise CriticalHeader("crit names an extension without a handler here", claim="crit")
    is_refused = False
    try:
        handlers[name](members[name])
    except ValueError:  # its text may quote the value, and is not kept
        is_refused = True
    if is_refused:
        raise CriticalHeader("the handler of a critical extension refuses its value", claim="crit")


def text(members: Mapping[str, object], name: str) -> str | None:
    """Return a member that is text, or None."""
    value = members.get(name)
    return value if isinstance(value, str) else None


def _understood(_value: object) -> None:
    """Stand for a handler of the reader's."""
