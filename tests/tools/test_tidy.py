"""What `tools/tidy.py` finds, and what it leaves alone. STYLE sections 3 and 9."""

import pytest


@pytest.fixture
def findings(tool, tmp_path):
    tidy = tool("tidy")

    def find(text, name="module.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return list(tidy.check(path))

    return find


@pytest.mark.parametrize(
    "comment",
    [
        "# we check this twice",
        "# Let's see",
        "# this was changed to a set",
        "# no longer needed",
        "# Now: faster",
        "# Fixed the race",
        "# TODO make it better",
        "# FIXME",
        "# used to be a list",
    ],
)
def test_a_comment_that_tells_history_or_says_who_is_found(findings, comment):
    assert len(findings(f"x = 1  {comment}\n")) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# The server's own clock: RFC 7519 section 4.1.4.",
        "# TODO(issue 12): a second shard",
        "# an earlier start may have added them",
        "# what was sent is not read",
        "# the now-expired token",
        "# used to verify, never to sign",
    ],
)
def test_a_comment_that_says_why_is_left_alone(findings, comment):
    assert findings(f"x = 1  {comment}\n") == []


def test_text_that_is_no_comment_is_left_alone(findings):
    assert findings('x = "# we TODO"\n') == []


def test_a_long_file_is_found_and_tables_are_not(findings):
    text = "x = 1\n" * 501
    assert "500 is the limit" in findings(text)[0]
    assert findings(text, "table.py") == []


def test_a_long_function_is_found_without_its_docstring(findings):
    body = "    x = 1\n"
    assert "f has 61 lines" in findings("def f():\n" + body * 60)[0]
    docstring = '    """One.\n' + "    more\n" * 50 + '    """\n'
    assert findings("async def f():\n" + docstring + body * 50) == []


def test_a_file_without_a_concept_is_found(findings):
    assert "name the concept" in findings("", "utils.py")[0]


IMPORTED = "from dataclasses import dataclass, field\n"
RECORD = "@dataclass(frozen=True, slots=True, kw_only=True)\nclass A: ...\n"


@pytest.mark.parametrize(
    "text", [IMPORTED + RECORD, "import dataclasses\n" + RECORD.replace("@", "@dataclasses.")]
)
def test_a_record_of_the_package_that_slows_its_start_is_found(findings, text):
    """decisions/0300."""
    assert "watchword.base.records" in findings(text, "src/watchword/oauth/a.py")[0]
    assert findings(text, "src/watchword/cli/root.py") == []
    assert findings(text, "tools/a.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "from watchword.base.records import dataclass\n" + RECORD,
        IMPORTED + "@dataclass(slots=True)\nclass A: ...\n",
        IMPORTED + "@dataclass\nclass A: ...\n",
    ],
)
def test_other_dataclasses_of_the_package_are_left_alone(findings, text):
    assert findings(text, "src/watchword/oauth/a.py") == []


BROWSER = "from tests.pages.chromium import check, expect, follow\n"


@pytest.mark.parametrize(
    "lines",
    [
        "assert page.locator('p').is_visible()",
        "assert not page.locator('p').is_hidden(), 'why'",
        "with here:\n    page.locator('a').click()\n    assert 'x' in page.inner_text('p')",
        "page.click('a')\ncheck(page)",
        "page.keyboard.press('Enter')\nassert page.url == 'x'",
    ],
)
def test_a_look_at_a_page_that_does_not_wait_is_found(findings, lines):
    """It passes on an idle machine and fails on a busy one."""
    assert len(findings(BROWSER + lines + "\n")) == 1


@pytest.mark.parametrize(
    "lines",
    [
        "expect(page.locator('p')).to_be_visible()",
        "follow(page.locator('a'))\nassert 'x' in page.inner_text('p')\ncheck(page)",
        "page.locator('a').click()\npage.locator('p').wait_for()\ncheck(page)",
        "page.keyboard.press('Tab')\nassert page.evaluate('1')",
    ],
)
def test_a_look_at_a_page_that_waits_is_left_alone(findings, lines):
    assert findings(BROWSER + lines + "\n") == []
    assert findings("button.click()\nassert dialog.is_visible()\n") == []
