"""Text is said in the language that is spoken, and escaped where it becomes a page."""

import pytest

from watchword.server.languages import LANGUAGES, N_, Message, ngettext, say, speaking
from watchword.server.languages.po import MalformedPO, read_po
from watchword.server.pages.render import templates

PO = r"""
msgid ""
msgstr ""
"Language: xx\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#. a note
#: file.py:1
#, python-format
msgid "to %(host)s"
msgstr "zu %(host)s"

msgid "long "
"text"
msgstr "langer "
"\"Text\""

msgctxt "verb"
msgid "open"
msgstr "öffnen"

#, python-format
msgid "%(count)s code"
msgid_plural "%(count)s codes"
msgstr[0] "%(count)s Code"
msgstr[1] "%(count)s Codes"

#, fuzzy
msgid "stale"
msgstr "alt"

#, fuzzy, python-format
msgid "stale %(n)s"
msgstr "alt %(n)s"

msgid "missing"
msgstr ""
"""


def test_po_is_read_with_contexts_plurals_and_long_texts() -> None:
    read = read_po(PO)
    assert read.gettext("long text") == 'langer "Text"'
    assert read.pgettext("verb", "open") == "öffnen"
    assert [read.ngettext("%(count)s code", "%(count)s codes", n) for n in (1, 2)] == [
        "%(count)s Code",
        "%(count)s Codes",
    ]


@pytest.mark.parametrize("text", ["stale", "stale %(n)s", "missing", "never heard"])
def test_what_is_fuzzy_or_untranslated_is_said_in_english(text: str) -> None:
    assert read_po(PO).gettext(text) == text


@pytest.mark.parametrize("line", ["word", 'msgid bare"', 'msgother "x"', "msgid 1", "msgid"])
def test_malformed_po_names_the_line(line: str) -> None:
    with pytest.raises(MalformedPO):
        read_po(line)


def test_values_are_filled_in_after_the_text_is_found() -> None:
    assert say(N_("to %(host)s"), host="here") == "to here"
    assert say(Message("to %(host)s", {"host": "here"})) == "to here"
    assert say("100 % sure") == "100 % sure"
    assert say(ngettext("%(count)s code", "%(count)s codes", 1)) == "1 code"
    assert say(ngettext("%(count)s code", "%(count)s codes", 2)) == "2 codes"
    with pytest.raises(TypeError, match="whole number"):
        say(Message("one", {"count": "2"}, "many"))


def test_what_is_said_on_a_page_is_escaped() -> None:
    page = templates().from_string(
        "{{ _(text, name=name) }} {{ _(message) }} {{ _('it\\'s <b>') }}"
    )
    made = page.render(
        text="<i>%(name)s</i>", name="<u>", message=Message("%(x)s & y", {"x": "<x>"})
    )
    assert made == ("&lt;i&gt;&lt;u&gt;&lt;/i&gt; &lt;x&gt; &amp; y it&#39;s &lt;b&gt;")


def test_every_catalogue_can_be_read() -> None:
    for language in LANGUAGES.values():
        with speaking(language):
            assert say("never heard") == "never heard"
