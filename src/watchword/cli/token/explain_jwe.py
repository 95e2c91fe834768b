"""An encrypted token, step by step: what each of its five parts is for."""

from collections.abc import Iterator, Mapping

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.cli.printing import harmless, tinted
from watchword.cli.token import layout
from watchword.jose.algorithms.table import CONTENT_ENCRYPTION, KEY_MANAGEMENT, Mode
from watchword.jose.jwt.explain import Failure, Part, json_part

__all__ = ["Opened", "Sealed", "as_json", "conveyed", "is_jwe", "lines", "take_apart"]

_NAMES = ("encrypted key", "initialization vector", "ciphertext", "authentication tag")
_TINTS = ("magenta", "blue", "cyan", "green")
_HOW = {
    Mode.ENCRYPTION: "the content key, encrypted to the recipient's RSA key",
    Mode.WRAPPING: "the content key, wrapped by a secret that both sides share",
    Mode.GCM_WRAPPING: "the content key, encrypted by a secret that both sides share",
    Mode.PASSWORD: "the content key, wrapped by a key that is derived from a password",
    Mode.AGREEMENT: "the content key, wrapped by a key that sender and recipient agree on through "
    "the header's epk",
    Mode.DIRECT: "empty, because both sides share the content key itself",
}
_AGREED = "empty, because sender and recipient agree on the content key itself, through epk"


@dataclass(frozen=True, slots=True)
class Binary:
    """A part that holds bytes."""

    name: str
    b64u: str
    data: bytes
    meaning: str
    fault: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A compact JWE taken apart. Without a key nothing of it is proved or read."""

    header: Part
    parts: tuple[Binary, ...]
    fault: str
    """Why it is no JWE; empty where its form is right."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of decrypting: a content, or the rules that the token breaks."""

    data: bytes
    failures: tuple[Failure, ...]


def is_jwe(text: str) -> bool:
    """Return whether a text has as many dots as a compact JWE."""
    return text.count(".") == len(_NAMES)


def take_apart(text: str) -> Sealed:
    """Take a text of five parts apart."""
    protected, *encoded = text.split(".")
    header = json_part(protected, "protected header")
    meanings = _meanings(header.members)
    parts = tuple(
        _binary(name, b64u, meaning)
        for name, b64u, meaning in zip(_NAMES, encoded, meanings, strict=True)
    )
    faults = [f"the header: {header.fault}"] if header.fault else []
    faults += [f"the {part.name}: {part.fault}" for part in parts if part.fault]
    return Sealed(header, parts, "; ".join(faults))


def conveyed(members: Mapping[str, object]) -> str:
    """Say in what way a header's alg conveys the content key."""
    row = KEY_MANAGEMENT.get(str(members.get("alg")))
    if row is None:
        return "the content key, conveyed by an algorithm that does not exist here"
    return _AGREED if row.is_alone and row.mode is Mode.AGREEMENT else _HOW[row.mode]


def lines(found: Sealed, opened: Opened | None, width: int) -> Iterator[str]:
    """Yield the explanation for people."""
    yield from layout.part("1. Header, which anybody can read", found.header, "red", width)
    for number, (part, tint) in enumerate(zip(found.parts, _TINTS, strict=True), 2):
        yield layout.title(f"{number}. {part.name.capitalize()}")
        yield from (tinted(line, tint) for line in layout.wrapped(part.b64u, width))
        size = f"cannot be read: {part.fault}" if part.fault else f"{len(part.data)} bytes"
        yield from layout.sentence(f"{size}: {part.meaning}", width)
        yield ""
    if found.fault:
        yield layout.title("6. Verdict", ": ") + tinted("refused", "red")
        yield from layout.sentence(f"token_malformed: {found.fault}", width, mark="")
        return
    if opened is not None:
        yield from _opened_lines(opened, width)
        return
    yield layout.title("6. Verdict", ": not decrypted, because no key was given")
    yield from layout.sentence(
        "Add --key-file, --jwks, --secret-file or --password-file. `watchword token decrypt` "
        "prints the content alone.",
        width,
        mark="",
    )


def _opened_lines(opened: Opened, width: int) -> Iterator[str]:
    if opened.failures:
        yield layout.title("6. Verdict", ": ") + tinted("refused", "red")
        for failure in opened.failures:
            yield from layout.sentence(layout.failure_text(failure), width, mark="")
        return
    yield layout.title("6. Verdict", ": ") + tinted("decrypted", "green")
    text = layout.as_text(opened.data)
    if text is None:
        yield from layout.sentence(
            f"{len(opened.data)} bytes that are no text; `watchword token decrypt` writes them "
            "to a file.",
            width,
            mark="",
        )
        return
    for line in harmless(text).splitlines():
        yield from layout.wrapped(line, width)
    yield from layout.sentence("who made it is another question", width)


def as_json(found: Sealed, opened: Opened | None) -> dict[str, object]:
    """Return the explanation as the members of one JSON object."""
    return {
        "kind": "jwe",
        "header": {
            "encoded": found.header.b64u,
            "members": dict(found.header.members),
            "fault": found.header.fault or None,
        },
        "parts": [
            {
                "name": part.name,
                "encoded": part.b64u,
                "bytes": len(part.data),
                "meaning": part.meaning,
                "fault": part.fault or None,
            }
            for part in found.parts
        ],
        "fault": found.fault or None,
    } | ({} if opened is None else _opened_members(opened))


def _opened_members(opened: Opened) -> dict[str, object]:
    if opened.failures:
        return {"verdict": "refused", "failures": layout.failure_members(opened.failures)}
    return {
        "verdict": "decrypted",
        "content": layout.as_text(opened.data),
        "content_b64u": base64url.encode(opened.data),
    }


def _meanings(members: Mapping[str, object]) -> tuple[str, ...]:
    enc = CONTENT_ENCRYPTION.get(str(members.get("enc")))
    by = enc.name if enc is not None else "an encryption that does not exist here"
    return (
        conveyed(members),
        "random, another for each token, so that equal contents do not look equal",
        f"the content under {by}, as long as the content"
        + (", compressed first" if "zip" in members else ""),
        "shows whether header, vector or ciphertext were changed; checked before anything is read",
    )


def _binary(name: str, b64u: str, meaning: str) -> Binary:
    try:
        return Binary(name, b64u, base64url.decode(b64u), meaning, "")
    except base64url.MalformedBase64url as error:
        return Binary(name, b64u, b"", meaning, str(error))
