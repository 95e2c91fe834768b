"""Bytes of an export cut into rows: CSV, JSON Lines, one large JSON document, LDIF.

Every row has a limit, and nothing larger than a row is held, so that an export of any size passes
through a few hundred kilobytes. A row beyond the limit is refused, and reading goes on behind it.

Source: RFC 4180 (CSV), RFC 8259 (JSON), RFC 2849 (LDIF); users.md U110.
"""

import csv
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator

from watchword.accounts.imports.candidate import Row, RowRefused
from watchword.base.strict_json import MalformedJSON, loads

__all__ = ["ROW_BYTES_MAX", "csv_rows", "json_objects", "json_rows", "ldif_rows", "lines"]

ROW_BYTES_MAX = 256 * 1024
_TOO_LONG = RowRefused("the row is longer than 256 KiB")
# A string (closed or not), or a bracket outside of one.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?P<end>")?|[\[\]{}]', re.DOTALL)

Outcome = Row | RowRefused


def lines(chunks: Iterable[bytes]) -> Iterator[bytes | RowRefused]:
    """Yield lines without their ends; in place of one that is too long, the refusal."""
    held, is_skipping = b"", False
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        for line in whole:
            if is_skipping:
                is_skipping = False
            elif len(line) > ROW_BYTES_MAX:
                yield _TOO_LONG
            else:
                yield line.removesuffix(b"\r")
        if len(held) > ROW_BYTES_MAX:
            if not is_skipping:
                yield _TOO_LONG
            held, is_skipping = b"", True
    if held and not is_skipping:
        yield held.removesuffix(b"\r")


def csv_rows(chunks: Iterable[bytes]) -> Iterator[Outcome]:
    """Yield the rows of a CSV file by the names in its first line."""
    refused: list[RowRefused] = []
    rows = csv.reader(_decoded(lines(chunks), refused), strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error:
            cells = []
            refused.append(RowRefused("the row is not CSV"))
        yield from refused
        refused.clear()
        if header is None:
            header = [cell.strip().lower() for cell in cells]
        elif len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
        elif cells:
            yield RowRefused("the row has another number of cells than the header")
    yield from refused


def _decoded(given: Iterator[bytes | RowRefused], refused: list[RowRefused]) -> Iterator[str]:
    """Yield lines as text, and put what is none into `refused`."""
    encoding = "utf-8-sig"  # spreadsheets begin a file with a byte order mark
    for line in given:
        if isinstance(line, RowRefused):
            refused.append(line)
            continue
        try:
            yield f"{line.decode(encoding)}\n"
        except UnicodeDecodeError:
            refused.append(RowRefused("the row is not UTF-8"))
        encoding = "utf-8"


def json_rows(chunks: Iterable[bytes]) -> Iterator[Outcome]:
    """Yield the objects of JSON Lines, one a line."""
    for line in lines(chunks):
        if isinstance(line, RowRefused):
            yield line
        elif line.strip():
            yield _object(line)


def json_objects(chunks: Iterable[bytes]) -> Iterator[Outcome]:
    """Yield the objects of an array: the whole document, or its member `users`.

    An object is read when its last bracket has come, so that the document is never held whole.
    """
    scanner = _Scanner()
    try:
        for chunk in chunks:
            yield from scanner.feed(chunk)
    except RowRefused as too_long:
        yield too_long
        return
    if scanner.is_inside:
        yield RowRefused("the document ends within an object")


class _Scanner:
    """Finds where the objects of the array begin and end, without reading what is in them."""

    def __init__(self) -> None:
        self._held = b""  # what has come and was not passed yet
        self._around: list[bytes] = []  # the open brackets outside of the objects
        self._member = b""  # the last string outside of the objects
        self._is_array = False  # whether the innermost open bracket is that of the array

    @property
    def is_inside(self) -> bool:
        """Whether a bracket is open or an object has begun."""
        return bool(self._around or self._held.strip())

    def feed(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield the objects that end within the chunk.

        Raises:
            RowRefused: an object is too long; where the next one begins is not looked for.
        """
        data, passed, begin, depth = self._held + chunk, 0, 0, 0
        for token in _TOKEN.finditer(data):
            word = token[0]
            if word.startswith(b'"'):
                if token["end"] is None:  # the string goes on in the next chunk
                    passed = passed if depth else token.start()
                    break
                self._member = self._member if depth else word
            elif depth or (word == b"{" and self._is_array):
                begin = begin if depth else token.start()
                depth += 1 if word in b"{[" else -1
                if not depth:
                    yield _object(data[begin : token.end()])
            else:
                self._outside(word)
            passed = begin if depth else token.end()
        self._held = data[passed:]
        if len(self._held) > ROW_BYTES_MAX:
            raise RowRefused("an object is longer than 256 KiB: what follows it is not read")

    def _outside(self, word: bytes) -> None:
        """Open or close a bracket around the array, or the array itself."""
        if word in b"{[":
            is_users = self._around == [b"{"] and self._member == b'"users"'
            self._is_array = word == b"[" and (not self._around or is_users)
            self._around.append(word)
        elif self._around:
            self._around.pop()
            self._is_array = False


def ldif_rows(chunks: Iterable[bytes]) -> Iterator[Outcome]:
    """Yield the entries of an LDIF file: attributes in small letters, each with its first value."""
    entry: dict[str, object] = {}
    refused: RowRefused | None = None
    for line in _unfolded(lines(chunks)):
        if isinstance(line, RowRefused):
            refused = line
        elif line:
            try:
                name, value = _attribute(line)
                entry.setdefault(name, value)
            except RowRefused as malformed:
                refused = malformed
        elif refused is not None or entry:
            yield refused or entry
            entry, refused = {}, None
    if refused is not None or entry:
        yield refused or entry


def _unfolded(given: Iterator[bytes | RowRefused]) -> Iterator[bytes | RowRefused]:
    """Join lines that go on behind a space; leave out comments."""
    held: bytes | RowRefused = b""
    for line in given:
        if isinstance(line, bytes) and line.startswith(b" "):
            held = _joined(held, line[1:])
            continue
        if not _is_comment(held):
            yield held
        held = line
    if not _is_comment(held):
        yield held


def _is_comment(line: bytes | RowRefused) -> bool:
    return isinstance(line, bytes) and line.startswith(b"#")


def _joined(held: bytes | RowRefused, more: bytes) -> bytes | RowRefused:
    if isinstance(held, RowRefused) or len(held) + len(more) > ROW_BYTES_MAX:
        return _TOO_LONG
    return held + more


def _attribute(line: bytes) -> tuple[str, str]:
    name, colon, rest = line.partition(b":")
    if not colon:
        raise RowRefused("a line of the entry is no LDIF")
    try:
        if rest.startswith(b":"):
            rest = b64decode(rest[1:].strip(), validate=True)
        return name.split(b";")[0].decode("ascii").lower(), rest.strip(b" ").decode("utf-8")
    except (NotBase64, UnicodeDecodeError):
        raise RowRefused("a value of the entry is no text") from None


def _object(data: bytes) -> Outcome:
    try:
        found = loads(data, bytes_max=ROW_BYTES_MAX)
    except MalformedJSON as malformed:
        return RowRefused(str(malformed).split(":")[0])
    return found if isinstance(found, dict) else RowRefused("the row is no JSON object")
