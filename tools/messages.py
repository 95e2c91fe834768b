"""Collect the text that people read, and bring the catalogues of the other languages up to date.

    python tools/messages.py            rewrite src/watchword/server/locales/*.po
    python tools/messages.py --check    say what is missing, stale or broken; write nothing

What is new stands in the files without a translation; what nobody says any more is dropped. A
translation must hold the same named values as its text, and every plural form of its language.

Source: users.md U94.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from watchword.accounts.events import SENTENCES
from watchword.accounts.password_rules import PasswordReason
from watchword.base.reasons import REASONS
from watchword.oauth.scopes import TOLD_SCOPES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "watchword"
LOCALES = PACKAGE / "server" / "locales"
METHODS = [("**/templates/**", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"**/templates/**": {"silent": "false", "trimmed": "false"}}
# A block of a template (trans) arrives as a call of gettext.
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "Message", "say")),
    "ngettext": (1, 2),
}
ROOMS = ("server", "cli/demo", "accounts", "oauth", "base")
VALUE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?[a-z]+>")


def main() -> int:
    """Rewrite the catalogues, or check them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing")
    is_check = arguments.parse_args().check
    said = collected()
    faults = 0
    for file in sorted(LOCALES.glob("*.po")):
        catalogue = brought_up_to_date(file, said)
        text = written(catalogue)
        found = [*catalogue_faults(catalogue)]
        if is_check and text != file.read_text(encoding="utf-8"):
            found.append("is not current: run python tools/messages.py")
        if not is_check:
            file.write_text(text, encoding="utf-8")
        for fault in found:
            print(f"{file.name}: {fault}")
        faults += len(found)
    print(f"{len(said):,} texts, {faults:,} faults")
    return 1 if faults and is_check else 0


def collected() -> Catalog:
    """Return every text that is marked."""
    catalogue = Catalog(charset="utf-8")
    for room in ROOMS:
        for file, _, text, notes, context in extract_from_dir(
            PACKAGE / room, METHODS, OPTIONS, KEYWORDS, ["TRANSLATORS:"]
        ):
            where = f"{room}/{Path(file).as_posix()}"
            catalogue.add(text, None, [(where, 0)], auto_comments=notes, context=context)
    for room, text in tabled():
        catalogue.add(text, None, [(room, 0)])
    return catalogue


def tabled() -> Iterator[tuple[str, str]]:
    """Yield the texts of the rooms below the server, which have tables and no mark for texts."""
    for reason in REASONS.values():
        for text in (reason.title, reason.what, reason.fault, reason.fix):
            yield "base/reasons.py", text
    for text in SENTENCES.values():
        yield "accounts/events.py", text
    for text in TOLD_SCOPES.values():
        yield "oauth/scopes.py", text
    for refusal in PasswordReason:
        yield "accounts/password_rules.py", refusal.text


def brought_up_to_date(file: Path, said: Catalog) -> Catalog:
    """Return the catalogue of a file with the texts that are said."""
    tag = file.stem.replace("-", "_")
    old = read_po(BytesIO(file.read_bytes()), locale=tag)
    updated = Catalog(locale=tag, charset="utf-8", header_comment="")
    for message in said:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        string = known.string if known is not None and not known.fuzzy else None
        locations = sorted({(where, 0) for where, _ in message.locations})
        updated.add(
            message.id,
            string,
            locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return updated


def written(catalogue: Catalog) -> str:
    """Return the text of a PO file, the same at any time and on any machine."""
    file = BytesIO()
    write_po(file, catalogue, width=96, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {str(catalogue.locale).replace("_", "-")}\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header + file.getvalue().decode("utf-8").strip() + "\n"


def catalogue_faults(catalogue: Catalog) -> Iterator[str]:
    """Yield what is missing or broken."""
    for message in catalogue:
        if message.id and (fault := message_fault(message, catalogue.num_plurals)):
            yield f"{fault}: {message.id!r}"


def message_fault(message: Message, plurals: int) -> str | None:
    """Return what is wrong with one translation."""
    texts = message.id if isinstance(message.id, tuple) else (message.id,)
    given = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    strings = [str(text) for text in given if text]
    if len(strings) < len(given):
        return "is not translated"
    if message.pluralizable and len(strings) != plurals:
        return f"has {len(strings)} plural forms, not {plurals}"
    wanted = set(VALUE.findall(str(texts[-1])))
    for string in strings:
        held = set(VALUE.findall(string))
        # One form may say "one" in words.
        if held - wanted or (wanted - held) - ({"count", "num"} if message.pluralizable else set()):
            return f"does not hold the values {sorted(wanted)}"
        if len(string.replace("%%", "").split("%")) - 1 != len(VALUE.findall(string)) and wanted:
            return "holds a stray %"
        if sorted(TAG.findall(string)) != sorted(TAG.findall(str(texts[-1]))):
            return "does not hold the markup"
    return None


if __name__ == "__main__":
    sys.exit(main())
