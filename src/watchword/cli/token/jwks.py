"""Make a key set from key files, or show an issuer's and what of it is used."""

import argparse
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from watchword.base.limits import JWK_BYTES_MAX
from watchword.cli.exits import Misconfigured, Unavailable, WrongUsage
from watchword.cli.printing import harmless, pretty_json, print_json, tinted
from watchword.cli.token import keyfiles
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.errors import InvalidKey
from watchword.jose.jwe.secret import Secret as EncryptionSecret
from watchword.jose.jwk.secret import HmacKey

if TYPE_CHECKING:
    from watchword.keys.foreign import Dropped, ForeignKeys

__all__ = ["act", "add_options"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token jwks`."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="a key or a JWKS, public or private; its public half is printed",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", help="show the JWKS at this address instead")
    where.add_argument("--issuer", help="show the JWKS that this issuer's metadata names")
    parser.add_argument(
        "--alg",
        action="append",
        default=[],
        metavar="NAME",
        help="what keys that do not say so are for, such as ES256; with --url or --issuer, an "
        "algorithm to accept (default: all); may be repeated there",
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="opens an encrypted private key; left out, it is asked for at a terminal",
    )


def act(options: argparse.Namespace) -> int:
    """Print the set, or what a guard would make of it."""
    address = options.url or options.issuer
    if bool(options.files) == bool(address):
        raise WrongUsage(
            "name key files, or an address", fix="Add FILE..., --url URL or --issuer URL"
        )
    if address:
        return _show_foreign(options)
    document = {"keys": list(_published(options))}
    if options.json:
        print_json(document)
    else:
        print(pretty_json(document).decode(), end="")
    return 0


def _published(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield the public half of every key, each under a name of its own."""
    if len(options.alg) > 1:
        raise WrongUsage("with key files, --alg names one algorithm")
    alg = options.alg[0] if options.alg else None
    names: set[object] = set()
    for path in options.files:
        for key in keyfiles.read_keys(path, alg=alg, password_file=options.password_file):
            if isinstance(key, HmacKey | EncryptionSecret):
                raise WrongUsage(f"{path} holds a shared secret, which is never published")
            members = key.to_jwk()
            # Verifiers choose by kid, so a published key has one.
            members["kid"] = members.get("kid", key.thumbprint())
            if members["kid"] in names:
                raise WrongUsage(f"{path} holds a kid that another of the keys has")
            names.add(members["kid"])
            yield members


def _show_foreign(options: argparse.Namespace) -> int:
    """Fetch a JWKS as a guard does, and say which keys it would use."""
    algorithms = options.alg or [name for name, row in ALGORITHMS.items() if not row.is_symmetric]
    for name in algorithms:
        keyfiles.named_algorithm(name)
    place, found = _fetched(options, algorithms)
    if options.json:
        used = [key.to_jwk() for key in found.keys if not isinstance(key, HmacKey)]
        dropped = [{"kid": each.kid, "reason": each.reason} for each in found.dropped]
        print_json({"jwks_uri": place, "used": used, "dropped": dropped})
        return 0
    print(harmless(place))
    for key in found.keys:
        print(f"  {tinted('used', 'green')}     {key.alg:10} {harmless(key.kid or '(no kid)')}")
    for each in found.dropped:
        print(f"  {tinted('dropped', 'red')}  {_named(each)}: {each.reason}")
    return 0


def _fetched(options: argparse.Namespace, algorithms: list[str]) -> "tuple[str, ForeignKeys]":
    """Return where the keys are, and what is there.

    Raises:
        Unavailable: they cannot be fetched.
        Misconfigured: the HTTP library is not installed, or no key is usable.
    """
    try:
        fetching = import_module("watchword.net.fetcher")
        discovery = import_module("watchword.net.discovery")
    except ImportError:
        raise Misconfigured(
            "fetching a JWKS needs the client's libraries",
            fix="Run: pip install 'watchword[client]'",
        ) from None
    failures = import_module("watchword.net.errors")
    foreign = import_module("watchword.keys.foreign")
    place = options.url or options.issuer
    try:
        fetcher = fetching.fetcher_for(place)
        place = options.url or discovery.jwks_uri(place, fetcher)
        document = fetcher.fetch(place, bytes_max=JWK_BYTES_MAX)
    except failures.FetchFailed as error:
        detail = f" ({error.detail})" if error.detail else ""
        raise Unavailable(f"{harmless(place)}: {error}{harmless(detail)}") from None
    try:
        return place, foreign.read_key_set(document.body, algorithms)
    except InvalidKey as error:
        raise Misconfigured(f"{harmless(place)}: {error.hint}") from None


def _named(dropped: "Dropped") -> str:
    return harmless(dropped.kid) if dropped.kid else "(no kid)"
