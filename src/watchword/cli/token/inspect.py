"""Say what a token, key or key set is and what it holds, without any verdict."""

import argparse
import json
from collections.abc import Iterator

from watchword.base import clock
from watchword.cli.printing import harmless, print_json
from watchword.cli.token import layout, sources
from watchword.cli.token.recognize import Found, Row, recognize

__all__ = ["act", "add_options"]

NAME_COLUMNS_MAX = 22
TOKENS = frozenset(("jws", "jws-json", "jwe", "jwe-json", "sd-jwt", "sd-jwt+kb"))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the words of `token inspect`."""
    sources.add_token_argument(
        parser,
        what="a token, signed or encrypted, compact or JSON",
        in_file="a file with a token or a key; private parts of keys are not shown",
    )


def act(options: argparse.Namespace) -> int:
    """Print what the text is. Something unknown exits with 1."""
    found = recognize(sources.read_any(options), clock.SYSTEM.now())
    if options.json:
        print_json(_as_json(found))
    else:
        print("\n".join(_lines(found, layout.columns())))
    return 1 if found.kind == "unknown" else 0


def _lines(found: Found, width: int) -> Iterator[str]:
    what = found.what[:1].upper() + found.what[1:]
    yield from (layout.title(line.strip()) for line in layout.sentence(what, width, mark=""))
    names = [len(harmless(row.name)) for row in found.rows if _is_short(row, width)]
    room = min(max(names, default=0), NAME_COLUMNS_MAX)
    for row in found.rows:
        yield from _row(row, room, width)
    if found.kind in TOKENS:
        yield ""
        yield "Nothing was verified: anybody can write this."


def _row(row: Row, room: int, width: int) -> Iterator[str]:
    """Yield a row: beside its name where it fits, else below it."""
    name = harmless(row.name)
    if not _is_short(row, width):
        yield f"  {name}"
        pretty = json.dumps(row.value, indent=2, ensure_ascii=False)
        yield from (f"  {line}" for line in layout.indented(pretty))
        return
    text = row.value if isinstance(row.value, str) else json.dumps(row.value, ensure_ascii=False)
    noted = f"{text}, {row.note}" if row.note else text
    first, *rest = layout.sentence(noted, width - room - 1, mark="") or [""]
    beside = f"  {name:{room}}  "
    if len(name) > room:
        yield f"  {name}"
        beside = f"  {'':{room}}  "
    yield f"{beside}{first.strip()}".rstrip()
    yield from (f"  {'':{room}}  {line.strip()}" for line in rest)


def _is_short(row: Row, width: int) -> bool:
    """Return whether a value stands beside its name."""
    if isinstance(row.value, dict):
        return False
    return not isinstance(row.value, list) or len(json.dumps(row.value)) < width // 2


def _as_json(found: Found) -> dict[str, object]:
    return {
        "kind": found.kind,
        "what": found.what,
        "rows": [
            {"name": row.name, "value": row.value, "note": row.note or None} for row in found.rows
        ],
    }
