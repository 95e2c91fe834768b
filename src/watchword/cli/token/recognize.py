"""Say what a text is: a token of any kind and form, a key, or a set of keys. No verdict.

Private parts of keys are named and never shown.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from watchword.base import base64url, strict_json
from watchword.base.limits import JWE_JSON_BYTES_MAX
from watchword.base.records import dataclass
from watchword.cli.token import explain_jwe, explain_sdjwt
from watchword.cli.token.wording import in_options
from watchword.jose.errors import KeyRefused, TokenError
from watchword.jose.jwk import pem
from watchword.jose.jwk.kinds import material_type
from watchword.jose.jwk.material import PRIVATE_MEMBERS
from watchword.jose.jwk.thumbprint import thumbprint
from watchword.jose.jws import compact
from watchword.jose.jwt.explain import explain, json_part
from watchword.jose.jwt.payload import members_of
from watchword.jose.sdjwt import disclosure, form
from watchword.jose.sdjwt.process import process

__all__ = ["Found", "Row", "recognize"]

_KEY_TYPES = ("RSA", "EC", "OKP", "AKP")
_PEM_LABEL = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_SSH_LINE = re.compile(r"(ssh|ecdsa-sha2)-[a-z0-9-]+ AAAA")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the text holds: its name, and its value as text or JSON."""

    name: str
    value: object
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text is."""

    kind: str
    """A stable word, such as "jws" or "jwk-set"; "unknown" for anything else."""
    what: str
    rows: tuple[Row, ...] = field(default=())


def recognize(text: str, now: int) -> Found:
    """Say what a text is and take it apart.

    Args:
        text: anything; white space around it does not count.
        now: seconds since the epoch, by which times are put into words.
    """
    stripped = text.strip()
    for is_this, read in _READERS:
        if is_this(stripped):
            return read(stripped, now)
    return Found(
        "unknown",
        "nothing that is known here: a token has three or five parts of base64url with dots "
        "between them, an SD-JWT ends in ~, keys are JSON or PEM",
    )


def _jws(text: str, now: int) -> Found:
    found = explain(text, now=now)
    rows = [_part("header", found.header.members, found.header.fault)]
    if found.payload.fault:
        size = len(found.payload.data)
        rows.append(Row("payload", f"{size} bytes", f"no claims: {found.payload.fault}"))
    else:
        rows.append(Row("claims", found.payload.members))
    rows += (Row(time.claim, time.utc, time.words) for time in found.times)
    rows.append(_signature(found.signature.data, found.signature.fault))
    if found.header.fault:
        return Found("unknown", "three parts, but no token: the header is none", tuple(rows))
    return Found("jws", "a signed token (JWS, compact)", tuple(rows))


def _jwe(text: str, _now: int) -> Found:
    found = explain_jwe.take_apart(text)
    rows = [_part("header", found.header.members, found.header.fault)]
    rows += (
        Row(part.name, part.fault or f"{len(part.data)} bytes", part.meaning)
        for part in found.parts
    )
    if found.header.fault:
        return Found("unknown", "five parts, but no token: the header is none", tuple(rows))
    return Found("jwe", "an encrypted token (JWE, compact)", tuple(rows))


def _sd_jwt(text: str, now: int) -> Found:
    try:
        return _selective(form.read(text), "compact", now)
    except TokenError as error:
        return Found("unknown", f"it has tildes, but is no SD-JWT: {error.hint}")


def _selective(parts: form.Parts, shape: str, now: int) -> Found:
    issued = _jws(parts.token, now)
    rows = [Row(f"issuer's {row.name}", row.value, row.note) for row in issued.rows]
    rows += _disclosed(parts)
    if parts.key_binding:
        rows += (
            Row(f"key binding {row.name}", row.value, row.note)
            for row in _jws(parts.key_binding, now).rows
        )
    kind = "sd-jwt+kb" if parts.key_binding else "sd-jwt"
    binding = "with" if parts.key_binding else "without"
    count = len(parts.disclosures)
    what = f"an SD-JWT ({shape}) with {_counted(count, 'disclosure')}, {binding} key binding"
    return Found(kind, what, tuple(rows))


def _disclosed(parts: form.Parts) -> Iterator[Row]:
    """Yield each disclosure at its place, or why there is none."""
    try:
        members = members_of(compact.split(parts.token)[1])
        processed = process(members, parts.disclosures)
    except TokenError as error:
        yield Row("disclosures", "cannot be put in their places", error.hint)
        return
    for place in processed.places:
        shown = disclosure.parse(place.needs[-1])
        yield Row(f"shows {'.'.join(map(str, place.path))}", shown.value)


def _json(text: str, now: int) -> Found:
    try:
        value = strict_json.loads(text.encode("utf-8", "replace"), bytes_max=JWE_JSON_BYTES_MAX)
    except strict_json.MalformedJSON as error:
        return Found("unknown", f"it begins like JSON, and is refused: {error}")
    members = value if isinstance(value, dict) else {}
    if "keys" in members:
        return _key_set(members)
    if "kty" in members:
        return Found("jwk", _described(members), tuple(_key_rows(members)))
    if "ciphertext" in members:
        return _jwe_json(members)
    if "payload" in members or "signatures" in members:
        return _jws_json(members, text, now)
    return Found("unknown", "JSON, but neither a token nor a key", (Row("members", list(members)),))


def _key_set(members: Mapping[str, object]) -> Found:
    keys = members["keys"]
    listed = keys if isinstance(keys, list) else []
    rows = [
        Row(f"key {number}", _described(jwk) if isinstance(jwk, dict) else "no JSON object")
        for number, jwk in enumerate(listed, 1)
    ]
    return Found("jwk-set", f"a set of {_counted(len(listed), 'key')} (JWKS)", tuple(rows))


def _described(jwk: Mapping[str, object]) -> str:
    """Say in a line what a JWK is, without any private part."""
    secret = [name for name in PRIVATE_MEMBERS if name in jwk]
    if jwk.get("kty") == "oct":
        half = "a shared secret"
    else:
        half = "a private key" if secret else "a public key"
    curve = f" {jwk['crv']}" if "crv" in jwk else ""
    purpose = f" for {jwk['alg']}" if "alg" in jwk else ""
    named = f", kid {jwk['kid']}" if "kid" in jwk else ", without kid"
    return f"{half} (JWK), {jwk.get('kty')}{curve}{purpose}{named}"


def _key_rows(jwk: Mapping[str, object]) -> Iterator[Row]:
    shown = {name: value for name, value in jwk.items() if name not in PRIVATE_MEMBERS}
    yield Row("public part" if jwk.get("kty") != "oct" else "members", shown)
    hidden = [name for name in PRIVATE_MEMBERS if name in jwk]
    if hidden:
        yield Row("not shown", ", ".join(hidden), "keep this file to yourself")
    if isinstance(jwk.get("n"), str):
        yield Row("modulus", f"{len(str(jwk['n'])) * 6 // 8 * 8} bits")
    if jwk.get("kty") == "oct":
        note = "whoever knows it can try out guesses of the secret (RFC 7638 section 7)"
        yield Row("thumbprint", "not shown", note)
        return
    try:
        yield Row("thumbprint", thumbprint(jwk), "RFC 7638, SHA-256")
    except KeyError:
        yield Row("thumbprint", "none", "a member that the key type needs is missing")


def _jws_json(members: Mapping[str, object], text: str, now: int) -> Found:
    try:
        parts = form.read_json(text)
    except TokenError:
        parts = None
    if parts is not None and "disclosures" in _unprotected(members):
        return _selective(parts, "JWS JSON", now)
    signatures = members.get("signatures", [members])
    listed = signatures if isinstance(signatures, list) else []
    rows = [_payload(members.get("payload"))]
    for number, each in enumerate(listed, 1):
        signed = each if isinstance(each, dict) else {}
        header = json_part(str(signed.get("protected", "")), "header")
        rows.append(_part(f"protected header {number}", header.members, header.fault))
        if "header" in signed:
            rows.append(Row(f"unprotected header {number}", signed["header"]))
        rows.append(_signature(*_bytes(signed.get("signature")), number=f" {number}"))
    shape = "general" if "signatures" in members else "flattened"
    return Found("jws-json", f"a signed text (JWS, {shape} JSON)", tuple(rows))


def _jwe_json(members: Mapping[str, object]) -> Found:
    header = json_part(str(members.get("protected", "")), "header")
    rows = [_part("protected header", header.members, header.fault)]
    if "unprotected" in members:
        rows.append(Row("shared header", members["unprotected"]))
    recipients = members.get("recipients", [members])
    listed = recipients if isinstance(recipients, list) else []
    for number, each in enumerate(listed, 1):
        told = each if isinstance(each, dict) else {}
        if "header" in told:
            rows.append(Row(f"header of recipient {number}", told["header"]))
        data, fault = _bytes(told.get("encrypted_key"))
        rows.append(Row(f"encrypted key {number}", fault or f"{len(data)} bytes"))
    for name in ("iv", "ciphertext", "tag", "aad"):
        if name in members:
            data, fault = _bytes(members[name])
            rows.append(Row(name, fault or f"{len(data)} bytes"))
    shape = "general" if "recipients" in members else "flattened"
    return Found(
        "jwe-json",
        f"an encrypted text (JWE, {shape} JSON) for {_counted(len(listed), 'recipient')}",
        tuple(rows),
    )


def _pem(text: str, _now: int) -> Found:
    label = _PEM_LABEL.findall(text)[0]
    kind = "private" if "PRIVATE" in label else "public"
    if label == "CERTIFICATE":
        kind = "certified public"
    locked = ", encrypted" if "ENCRYPTED" in label else ""
    rows = [Row("label", label, "keep this file to yourself" if kind == "private" else "")]
    if label == "CERTIFICATE":
        rows += _file_rows(lambda: pem.from_certificate(text))
    elif label == "OPENSSH PRIVATE KEY":
        rows += _file_rows(lambda: pem.from_ssh(text))
    elif not locked:
        rows += _file_rows(lambda: pem.from_pem(text, None))
    return Found("pem", f"a {kind} key (PEM{locked})", tuple(rows))


def _ssh(text: str, _now: int) -> Found:
    rows = [Row("type", text.split(" ", maxsplit=1)[0]), *_file_rows(lambda: pem.from_ssh(text))]
    return Found("openssh", "an OpenSSH public key", tuple(rows))


def _file_rows(read: Callable[[], object]) -> Iterator[Row]:
    """Yield what a key file says of its public half, or why it cannot be read."""
    try:
        handle = read()
        found = (material_type(kty).from_handle(handle) for kty in _KEY_TYPES)
        material = next((each for each in found if each is not None), None)
    except KeyRefused as error:
        yield Row("key", "cannot be read", in_options(error.hint))
        return
    if material is None:
        yield Row("key", "of a type that no algorithm here takes")
        return
    members = material.public_members()
    size = material.crv or f"{(len(str(members['n'])) * 6 // 8) * 8} bits"
    yield Row("key", f"{material.kty}, {size}")
    yield Row("thumbprint", thumbprint(members), "RFC 7638, SHA-256")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _part(name: str, members: Mapping[str, object], fault: str) -> Row:
    return Row(name, "cannot be read", fault) if fault else Row(name, members)


def _payload(b64u: object) -> Row:
    data, fault = _bytes(b64u)
    part = json_part(str(b64u), "payload")
    if not part.fault:
        return Row("payload", part.members)
    return Row("payload", fault or f"{len(data)} bytes")


def _signature(data: bytes, fault: str, number: str = "") -> Row:
    return Row(f"signature{number}", fault or f"{len(data)} bytes", "not checked")


def _bytes(b64u: object) -> tuple[bytes, str]:
    if not isinstance(b64u, str):
        return b"", "absent"
    try:
        return base64url.decode(b64u), ""
    except base64url.MalformedBase64url as error:
        return b"", str(error)


def _unprotected(members: Mapping[str, object]) -> Mapping[str, object]:
    """Return the first unprotected header, where a text that was read has one."""
    signatures = members.get("signatures")
    first = signatures[0] if isinstance(signatures, list) else members
    header = first.get("header", {})
    return header if isinstance(header, dict) else {}


_READERS: tuple[tuple[Callable[[str], object], Callable[[str, int], Found]], ...] = (
    (lambda text: text.startswith("{"), _json),
    (_PEM_LABEL.search, _pem),
    (_SSH_LINE.match, _ssh),
    (explain_sdjwt.is_sd_jwt, _sd_jwt),
    (lambda text: text.count(".") == 2, _jws),
    (explain_jwe.is_jwe, _jwe),
)
