"""PO files read into gettext's translations, so that no build step stands between text and page.

The standard library reads MO files only; what is read here is written as one in memory, and plural
rules and lookups are the library's own.

Source: GNU gettext manual, sections "The Format of PO Files" and "The Format of GNU MO Files".
"""

import ast
import struct
from gettext import GNUTranslations
from io import BytesIO

__all__ = ["MalformedPO", "read_po"]

_MAGIC = 0x950412DE
_CONTEXT_SEPARATOR = "\x04"
_FIELDS = ("msgctxt", "msgid", "msgid_plural", "msgstr")


class MalformedPO(ValueError):
    """A line of a PO file cannot be read; the text names it."""


def read_po(text: str) -> GNUTranslations:
    """Return the translations of a PO file. What is untranslated or marked fuzzy is left out.

    Raises:
        MalformedPO: names the line.
    """
    messages: dict[str, str] = {}
    for entry in text.replace("\r\n", "\n").split("\n\n"):
        if fields := _fields(entry):
            key, value = _pair(fields)
            if value and not _is_fuzzy(entry):
                messages[key] = value
    return GNUTranslations(BytesIO(_mo(messages)))


def _is_fuzzy(entry: str) -> bool:
    return any(line.startswith("#,") and "fuzzy" in line for line in entry.splitlines())


def _fields(entry: str) -> dict[str, str]:
    """Return the fields of one entry by name; `msgstr[1]` is a name."""
    fields: dict[str, str] = {}
    name = ""
    for line in entry.splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith('"'):
            name, _, line = line.partition(" ")  # noqa: PLW2901  # the rest of the line is its text
            if name.partition("[")[0] not in _FIELDS:
                raise MalformedPO(f"no field of a PO file: {name}")
        fields[name] = fields.get(name, "") + _text(line)
    return fields


def _text(quoted: str) -> str:
    try:
        text = ast.literal_eval(quoted.strip())
    except (SyntaxError, ValueError):
        raise MalformedPO(f"no quoted text: {quoted}") from None
    if not isinstance(text, str):
        raise MalformedPO(f"no quoted text: {quoted}")
    return text


def _pair(fields: dict[str, str]) -> tuple[str, str]:
    """Return an entry as MO files hold it: plurals joined by zero bytes."""
    key = fields.get("msgid", "")
    if "msgctxt" in fields:
        key = fields["msgctxt"] + _CONTEXT_SEPARATOR + key
    if "msgid_plural" not in fields:
        return key, fields.get("msgstr", "")
    plurals = [fields[name] for name in sorted(fields) if name.startswith("msgstr[")]
    value = "\0".join(plurals) if all(plurals) else ""
    return f"{key}\0{fields['msgid_plural']}", value


def _mo(messages: dict[str, str]) -> bytes:
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    tables, data = b"", b""
    start = 28 + 16 * len(pairs)  # after the header and both tables
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), start + len(data))
            data += pair[column] + b"\0"
    header = struct.pack("<7I", _MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return header + tables + data
