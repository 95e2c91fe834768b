"""A token that shows a part of its claims: its disclosures, and what it says with them."""

import json
from collections.abc import Iterator

from watchword.base import base64url
from watchword.base.records import dataclass
from watchword.cli.printing import harmless, tinted
from watchword.cli.token import layout
from watchword.jose.errors import KeysUnavailable, TokenError
from watchword.jose.jws import compact
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.explain import (
    Explanation,
    Failure,
    Part,
    Verdict,
    explain,
    failures_of,
    json_part,
)
from watchword.jose.jwt.payload import members_of
from watchword.jose.jwt.verifier import Keys
from watchword.jose.jwt.verifier import Verifier as TokenVerifier
from watchword.jose.sdjwt import form
from watchword.jose.sdjwt.disclosure import digest
from watchword.jose.sdjwt.keybinding import Transaction, not_required, required
from watchword.jose.sdjwt.process import Processed, process
from watchword.jose.sdjwt.verifier import Verifier

__all__ = ["Shown", "Told", "as_json", "is_sd_jwt", "lines", "take_apart"]

BINDING_AGE_MAX = "5m"  # long enough to paste it


@dataclass(frozen=True, slots=True)
class Told:
    """One disclosure: as it is sent, what it holds, and what stands for it in the token."""

    text: str
    content: str
    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An SD-JWT taken apart."""

    token: Explanation
    disclosures: tuple[Told, ...]
    processed: dict[str, object]
    key_binding: tuple[Part, Part] | None
    verdict: Verdict
    failures: tuple[Failure, ...]


def is_sd_jwt(text: str) -> bool:
    """Return whether a text holds the tilde that no other token has."""
    return "~" in text


def take_apart(
    text: str,
    keys: Keys | None,
    expect: Expected,
    now: int,
    transaction: Transaction | None = None,
) -> Shown:
    """Take a text with tildes apart and, given a key, give the verdict.

    Args:
        text: with tildes.
        keys: the issuer's; left out, nothing is verified.
        expect: what the issuer's token must say.
        now: seconds since the epoch.
        transaction: demands key binding for it; left out, none is looked at.
    """
    error: TokenError | KeysUnavailable | None = None
    told: tuple[Told, ...] = ()
    processed = Processed({}, (), "sha-256")
    token, key_binding = text.partition("~")[0], ""
    try:
        parts = form.read(text)
        key_binding = parts.key_binding
        members = members_of(compact.split(parts.token)[1])
        processed = process(members, parts.disclosures)
        told = tuple(_told(disclosure, processed) for disclosure in parts.disclosures)
        if keys is not None:
            nonce = None if transaction is None else transaction.nonce
            _verifier(keys, expect, transaction).verify(text, nonce=nonce)
    except (TokenError, KeysUnavailable) as refusal:
        error = refusal
    passed = Verdict.NOT_CHECKED if keys is None else Verdict.VERIFIED
    return Shown(
        explain(token, now=now),
        told,
        processed.members,
        _key_binding(key_binding),
        passed if error is None else Verdict.REFUSED,
        failures_of(error),
    )


def lines(found: Shown, width: int) -> Iterator[str]:
    """Yield the explanation for people, up to the verdict."""
    yield layout.title(f"5. Disclosures: {len(found.disclosures)}")
    for told in found.disclosures:
        yield f"   {tinted(harmless(told.path), 'bold')}"
        yield from (tinted(line, "blue") for line in layout.wrapped(told.text, width))
        yield from layout.wrapped(told.content, width)
        yield from layout.sentence(f"digest {told.digest}", width)
    yield ""
    yield layout.title("6. What it says with them")
    yield from layout.indented(json.dumps(found.processed, indent=2, ensure_ascii=False))
    yield ""
    if found.key_binding is None:
        yield layout.title("7. Key binding", ": none was sent")
    else:
        yield layout.title("7. Key binding", ": the holder's signature over all of the above")
        for part in found.key_binding:
            yield from (tinted(line, "green") for line in layout.wrapped(part.b64u, width))
            yield from layout.indented(part.pretty or part.fault)
        yield from layout.sentence(
            "it is for one verifier and one nonce, which alone can check it", width
        )
    yield ""


def as_json(found: Shown) -> dict[str, object]:
    """Return what is told beyond the issuer's token."""
    binding = found.key_binding
    return {
        "kind": "sd-jwt",
        "disclosures": [
            {
                "encoded": told.text,
                "content": told.content,
                "digest": told.digest,
                "path": told.path,
            }
            for told in found.disclosures
        ],
        "processed": found.processed,
        "key_binding": binding
        and {"header": dict(binding[0].members), "claims": dict(binding[1].members)},
        "verdict": found.verdict.value,
        "failures": layout.failure_members(found.failures),
    }


def _verifier(keys: Keys, expect: Expected, transaction: Transaction | None) -> Verifier:
    verifier: TokenVerifier = TokenVerifier(
        keys,
        issuer=expect.issuer,  # type: ignore[arg-type]  # the options never make it None
        audience=expect.audience,  # type: ignore[arg-type]  # as above
        typ=expect.typ,
    )
    if transaction is None:
        return Verifier(verifier, key_binding=not_required)
    policy = required(audience=transaction.audience, max_age=BINDING_AGE_MAX)
    return Verifier(verifier, key_binding=policy)


def _told(text: str, processed: Processed) -> Told:
    [place] = [place for place in processed.places if place.needs[-1] == text]
    path = ".".join(str(step) for step in place.path)
    content = base64url.decode(text).decode("utf-8")
    return Told(text, content, digest(text, processed.hash_name), path)


def _key_binding(text: str) -> tuple[Part, Part] | None:
    if not text:
        return None
    header, payload, *_ = [*text.split("."), ""]
    return json_part(header, "header"), json_part(payload, "claims")
