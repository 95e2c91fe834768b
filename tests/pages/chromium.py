"""Opening a page in Chromium, and what must hold of every page that is open."""

import contextlib

from axe_playwright_python.sync_playwright import Axe

THEMES = ("light", "dark")
WIDTHS = (320, 768, 1280)
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
}


@contextlib.contextmanager
def opened(chromium, url, **options):
    """Open a page that may ask this server only and may break no policy."""
    context = chromium.new_context(base_url=url, **options)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: sent.url.startswith(url) or complaints.append(sent.url))
    try:
        yield page
    finally:
        context.close()
    # Chromium reports a page of status 4xx on the console; everything else is a violation.
    violations = [
        text for text in complaints if "the server responded with a status of 4" not in text
    ]
    assert violations == [], violations  # pytest explains the asserts of test modules alone


def check(page):
    where = f"{page.url} {page.title()}"
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == [], where
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{where} scrolls sideways"
