"""Write docs/reference/ from the tables that the program runs on.

    python tools/reference.py            writes the pages
    python tools/reference.py --check    says which pages are not what the tables say, and exits 1

Algorithms come from `jose/algorithms/table.py`, keys from their classes and limits, password hashes
from `accounts/schemes` and `accounts/foreign`, error codes from `base/reasons.py`, endpoints from
`server/routes.py`, settings from `server/settings.py` and `server/settings_meanings.py`, commands
from the command line itself, so a page cannot drift from them.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType

import click

from watchword.accounts.imports.sources import SOURCES
from watchword.accounts.passwords.foreign import FORMATS
from watchword.accounts.passwords.schemes import SCHEMES
from watchword.accounts.passwords.schemes.scheme import FOREIGN_PASSWORD_BYTES_MAX
from watchword.base.limits import KEY_FILE_BYTES_MAX, KEYS_MAX, KID_CHARACTERS_MAX
from watchword.base.reasons import REASONS
from watchword.cli.root import COMMANDS, root
from watchword.jose.algorithms.table import (
    ALGORITHMS,
    CONTENT_ENCRYPTION,
    KEY_MANAGEMENT,
    Algorithm,
)
from watchword.jose.jwk.akp import SEED_BYTES
from watchword.jose.jwk.key import Key
from watchword.jose.jwk.keyset import KeySet
from watchword.jose.jwk.rsa import (
    GENERATED_BITS,
    MODULUS_BITS_MAX,
    MODULUS_BITS_MIN,
    PUBLIC_EXPONENT_MIN,
)
from watchword.jose.jwk.secret import HmacKey
from watchword.server.routes import ROUTES
from watchword.server.settings import RANGES, SIGNING_ALGORITHMS, Settings
from watchword.server.settings_meanings import MEANINGS

# What the Signer and the Verifier call.
UNDOCUMENTED = frozenset({"checker", "find", "stamper"})
FOLDER = Path(__file__).parents[1] / "docs" / "reference"
TABLES = frozenset({"resources", "resource_secret_files"})  # settings without a variable


def main() -> int:
    """Write or check every page."""
    stale = []
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != text:
                stale.append(f"docs/reference/{name} is stale: run `python tools/reference.py`")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    print("\n".join(stale), end="\n" if stale else "")
    return 1 if stale else 0


def errors() -> str:
    """Return the page of every code that a peer may see."""
    parts = [
        "# Error codes",
        "Every refusal carries one of these codes, which never change their meaning. The server "
        "shows each at `/errors/CODE`, so that the address in an answer leads somewhere offline. "
        "`ISSUER` stands for the issuer's URL, which an answer holds in full.",
    ]
    for reason in REASONS.values():
        parts += [
            f"## `{reason.code}`",
            f"**{reason.title}.** {reason.what}",
            f"*Whose fault:* {reason.fault} *What to do:* {reason.fix_at('ISSUER')}",
        ]
    return _join(parts)


def endpoints() -> str:
    """Return the page of every address."""
    rows = [
        (
            f"`{route.path}`",
            route.methods.replace(", OPTIONS", "").replace("OPTIONS, ", ""),
            route.access.replace("_", " "),
            f"{route.body_bytes_max:,} B" if route.body_bytes_max else "none",
            f"`{route.member}`" if route.member else "",
        )
        for route in ROUTES
    ]
    return _join(
        [
            "# Endpoints",
            "Addresses stand below the issuer. A body larger than its limit is answered 413, "
            "another method 405 with `Allow`, another content type 415.",
            _table(("address", "methods", "the caller proves itself by", "body", "metadata"), rows),
        ]
    )


def settings() -> str:
    """Return the page of every setting."""
    rows = []
    for each in fields(Settings):
        default = each.default if each.default is not MISSING else ""
        written = str(default).lower() if isinstance(default, bool) else str(default)
        shown = "" if default in {None, "", ()} else f"`{written}`"
        # A table has no form as a variable.
        variable = "" if each.name in TABLES else f"`WATCHWORD_{each.name.upper()}`"
        row = (f"`{each.name}`", variable, shown, _limits(each.name), MEANINGS[each.name])
        rows.append(row)
    return _join(
        [
            "# Settings",
            "A setting is a line of `watchword.toml` or an environment variable; the variable "
            "wins. `WATCHWORD_DATABASE_FILE` names a file that holds the address of the database. "
            "`watchword config --origin` shows every value and where it comes from. An unknown "
            "key, a value of the wrong kind or an unsafe one stops the start and says which, "
            "where it came from and what to write.",
            _table(("key", "variable", "default", "values", "meaning"), rows),
        ]
    )


def _limits(name: str) -> str:
    """Return what a setting may be, where that is a range or a choice."""
    if name == "signing_alg":
        return ", ".join(f"`{alg}`" for alg in SIGNING_ALGORITHMS)
    if name not in RANGES:
        return ""
    least, most = RANGES[name]
    return f"{least:,} to {most:,}" if name != "port" else f"{least} to {most}"


def commands() -> str:
    """Return the page of every command with its help."""
    parts = [
        "# Commands",
        "Exit codes: 0 done, 1 refused or not valid, 2 wrong usage, 3 a setting, 4 unavailable.",
    ]
    context = click.Context(root, info_name="watchword")
    for name in COMMANDS:
        command = root.get_command(context, name)
        if command is None:
            raise SystemExit(f"the command {name} cannot be imported")
        parts += _help(command, click.Context(command, info_name=name, parent=context))
    return _join(parts)


def algorithms() -> str:
    """Return the page of every algorithm of tokens."""
    signatures = (
        (
            f"`{row.name}`",
            row.family.value,
            row.key_type,
            "" if row.key_type == "AKP" else " or ".join(row.curves),
            row.hash_name.upper().replace("SHA", "SHA-"),
            _signature_size(row),
            row.standard,
        )
        for row in ALGORITHMS.values()
    )
    managements = (
        (f"`{row.name}`", row.mode.value, " or ".join(row.key_types), row.standard)
        for row in KEY_MANAGEMENT.values()
    )
    contents = (
        (f"`{row.name}`", f"{8 * row.cek_bytes} bits", f"{row.tag_bytes} bytes", row.standard)
        for row in CONTENT_ENCRYPTION.values()
    )
    return _join(
        [
            "# Algorithms",
            "What has no row here cannot be named, made or read. A key does one algorithm for "
            "life. There is no row for unsecured tokens and none for RSA1_5.",
            "## Signatures",
            _table(
                ("`alg`", "scheme", "`kty`", "`crv`", "hash", "signature", "standard"), signatures
            ),
            "Signatures are in bytes, before base64url. `EdDSA` is the older name of `Ed25519` and "
            "`Ed448`; a key does it only where it was made under it. ML-DSA needs a `cryptography` "
            "that has it on OpenSSL 3.5 or later; elsewhere making or reading such a key is "
            "refused, saying so. The extra `nacl` lets PyNaCl do Ed25519, the extra `secp256k1` "
            "lets coincurve do ES256K; signatures and verdicts are the same without them.",
            "## Encryption: how the content key is conveyed",
            "The content encryption key is the CEK. Agreement works on "
            f"{', '.join(KEY_MANAGEMENT['ECDH-ES'].curves)}.",
            _table(("`alg`", "how", "`kty`", "standard"), managements),
            "## Encryption: how the content is encrypted",
            _table(("`enc`", "CEK", "tag", "standard"), contents),
        ]
    )


def keys() -> str:
    """Return the page of what keys may be, how they come in and how they leave."""
    bounds = [
        ("`oct`", "a secret of at least the hash's length: 32, 48 or 64 bytes"),
        (
            "`RSA`",
            f"{MODULUS_BITS_MIN:,} to {MODULUS_BITS_MAX:,} bits, made with {GENERATED_BITS:,}; "
            f"an odd exponent from {PUBLIC_EXPONENT_MIN:,}; two primes; no ROCA modulus",
        ),
        ("`EC`", "a point of its curve, in numbers of the curve's full width"),
        ("`OKP`", "a canonical point of its curve, and not one of small order"),
        ("`AKP`", f"`alg` is a part of the key; the private key is a seed of {SEED_BYTES} bytes"),
    ]
    return _join(
        [
            "# Keys",
            "[Make, load and publish keys](../how-to/keys.md) shows them at work. A key that is "
            "refused raises `KeyRefused`: `InvalidKey`, `WeakKey` or `KeyMismatch`.",
            "## What a key may be",
            _table(("type", "asked of it"), bounds),
            "A private half belongs to its public half in every type. A `kid` is text of 1 to "
            f"{KID_CHARACTERS_MAX} characters; a key file has at most {KEY_FILE_BYTES_MAX:,} bytes "
            f"and a set at most {KEYS_MAX} keys.",
            "## `jwt.Key`",
            _table(("call", "meaning"), _calls(Key)),
            "## `jwt.Secret`",
            _table(("call", "meaning"), _calls(HmacKey)),
            "## `jwt.KeySet`",
            _table(("call", "meaning"), _calls(KeySet)),
        ]
    )


def _signature_size(row: Algorithm) -> str:
    if row.signature_bytes:
        return f"{row.signature_bytes:,}"
    return "as the modulus" if row.key_type == "RSA" else "as the curve's own algorithm"


def _calls(kind: type) -> Iterable[tuple[str, str]]:
    """Yield each public name of a class with the first sentence of its docstring."""
    for name, value in inspect.getmembers(kind):
        text = inspect.getdoc(value)
        if not name.startswith("_") and text and name not in UNDOCUMENTED:
            yield f"`{name}`", text.partition("\n")[0]


def _help(command: click.Command, context: click.Context) -> Iterable[str]:
    context.terminal_width = 80
    yield f"## `{context.command_path}`"
    yield f"```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _help(inner, click.Context(inner, info_name=name, parent=context))


def password_hashes() -> str:
    """Return the page of the password hashes that are taken over, and of those that are made."""
    formats = [
        (each.name, "<br>".join(f"`{_cell(form)}`" for form in each.spelling)) for each in FORMATS
    ]
    schemes = []
    for scheme in SCHEMES.values():
        limits = ", ".join(
            f"{name}: {least:,} to {most:,}" for name, (least, most) in scheme.limits.items()
        )
        row = (f"`{scheme.name}`", limits, f"{scheme.salt_bytes[0]} to {scheme.salt_bytes[1]}")
        schemes.append((*row, scheme.comes_from))
    sources = [(f"`{name}`", source.export) for name, source in SOURCES.items()]
    return _join(
        [
            "# Password hashes",
            "Passwords are hashed with Argon2id. Hashes of other systems come with "
            "[imported accounts](../how-to/move-users.md); each is verified as it is, once, and "
            "replaced at that login.",
            "## What is read",
            "These forms are recognised by how they begin. Digests without a salt, MD5, "
            "`sha256_crypt` and `sha512_crypt` are not taken over; their owners get a link to set "
            "a password.",
            _table(("system", "forms"), formats),
            "## What is stored",
            "One form, `$scheme$cost$salt$digest`. A hash whose cost is outside the limits is "
            "refused before anything is computed, when an export is read and when a row is read. "
            f"A password of more than {FOREIGN_PASSWORD_BYTES_MAX:,} bytes never matches a hash of "
            "another system; bcrypt reads the first 72 bytes.",
            _table(("scheme", "cost", "bytes of salt", "made by"), schemes),
            "## Sources of `watchword user import`",
            _table(("`--from`", "export"), sources),
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "algorithms.md": algorithms,
        "commands.md": commands,
        "endpoints.md": endpoints,
        "errors.md": errors,
        "keys.md": keys,
        "password-hashes.md": password_hashes,
        "settings.md": settings,
    }
)

if __name__ == "__main__":
    raise SystemExit(main())
