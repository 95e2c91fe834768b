"""The catalogues hold every text that people read, and the tool that says so can see a fault.

Source: users.md U94.
"""

import pytest
from babel.messages.catalog import Catalog
from tools.messages import LOCALES, brought_up_to_date, catalogue_faults, collected, written

from watchword.accounts.events import SENTENCES
from watchword.accounts.password_rules import PasswordReason
from watchword.server.languages import ENGLISH, LANGUAGES

FILES = sorted(LOCALES.glob("*.po"))
TEXT = "to %(host)s"
PLURAL = ("%(count)s code", "%(count)s codes")


@pytest.fixture(scope="module")
def said():
    return collected()


def test_every_language_of_the_table_has_a_catalogue():
    assert {file.stem for file in FILES} == {*LANGUAGES} - {ENGLISH.tag}


@pytest.mark.requirement("users-pages:catalogues-are-whole")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_text_is_missing_stale_or_broken(said, file):
    catalogue = brought_up_to_date(file, said)
    assert [*catalogue_faults(catalogue)] == []
    # A text that nobody says any more would be dropped, and one that is missing added.
    assert written(catalogue) == file.read_text(encoding="utf-8"), "run python tools/messages.py"


@pytest.mark.requirement("users-pages:catalogues-are-whole")
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ _('to the point') }}", "to the point"),
        ("{% trans who=who %}as <b>{{ who }}</b>{% endtrans %}", "as <b>%(who)s</b>"),
        ("{{ ngettext('one', 'many', n) }}", ("one", "many")),
    ],
)
def test_a_text_is_collected_however_a_template_writes_it(tmp_path, monkeypatch, template, text):
    (tmp_path / "server" / "templates").mkdir(parents=True)
    (tmp_path / "server" / "templates" / "page.html").write_text(template)
    monkeypatch.setattr("tools.messages.PACKAGE", tmp_path)
    monkeypatch.setattr("tools.messages.ROOMS", ("server",))
    assert text in [message.id for message in collected()]


@pytest.mark.requirement("users-pages:catalogues-are-whole")
@pytest.mark.parametrize("text", [*SENTENCES.values(), *(one.text for one in PasswordReason)])
def test_what_the_rooms_below_say_to_people_is_translated(text):
    """They have no mark for texts, so nothing but a list of their tables finds them."""
    for tag, language in LANGUAGES.items():
        assert (language.translations.gettext(text) == text) is (tag == ENGLISH.tag), tag


def faults(tag, message, string):
    catalogue = Catalog(locale=tag)
    catalogue.add(message, string)
    return [fault.partition(":")[0] for fault in catalogue_faults(catalogue)]


@pytest.mark.requirement("users-pages:catalogues-are-whole")
@pytest.mark.parametrize(
    ("tag", "message", "string", "fault"),
    [
        ("de", TEXT, "", "is not translated"),
        ("de", TEXT, "zum Rechner", "does not hold the values ['host']"),
        ("de", TEXT, "zu %(Host)s", "does not hold the values ['host']"),
        ("de", TEXT, "zu 100 % %(host)s", "holds a stray %"),
        ("de", "as <b>%(name)s</b>", "als <b>%(name)s", "does not hold the markup"),
        ("de", PLURAL, ("%(count)s Code", ""), "is not translated"),
        ("pl", PLURAL, ("%(count)s kod", "%(count)s kody"), "has 2 plural forms, not 3"),
        (
            "de",
            PLURAL,
            ("%(count)s Code", "%(number)s Codes"),
            "does not hold the values ['count']",
        ),
    ],
)
def test_the_tool_sees_a_broken_translation(tag, message, string, fault):
    assert faults(tag, message, string) == [fault]


@pytest.mark.parametrize(
    ("tag", "message", "string"),
    [
        ("de", TEXT, "zu %(host)s"),
        ("de", PLURAL, ("ein Code", "%(count)s Codes")),
        ("ja", PLURAL, ("%(count)s 個",)),
    ],
)
def test_the_tool_accepts_a_whole_translation(tag, message, string):
    assert faults(tag, message, string) == []


@pytest.mark.requirement("users-pages:catalogues-are-whole")
def test_a_text_that_nobody_says_any_more_makes_a_catalogue_stale(said, tmp_path):
    [german] = [file for file in FILES if file.stem == "de"]
    text = german.read_text(encoding="utf-8")
    stale = tmp_path / "de.po"
    stale.write_text(f'{text}\nmsgid "nobody says this"\nmsgstr "das sagt niemand"\n', "utf-8")
    assert written(brought_up_to_date(stale, said)) == text


@pytest.mark.requirement("users-pages:catalogues-are-whole")
def test_a_text_that_is_said_and_missing_is_a_fault(said, tmp_path):
    empty = tmp_path / "de.po"
    empty.write_text("", "utf-8")
    assert len([*catalogue_faults(brought_up_to_date(empty, said))]) == len(said)


def test_what_people_read_calls_a_password_a_password(said):
    """One thing has one word, also where the words of it are made up by the server."""
    assert [one.id for one in said if "passphrase" in str(one.id).casefold()] == []
