"""Opening a page in Chromium, going from one to the next, and what must hold of every page."""

import contextlib

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

__all__ = ["NARROW", "check", "expect", "follow", "following", "opened", "sign_in"]

WIDTHS = (320, 768, 1280)
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],  # the rules are the same; what passes is not written down
}
# The themes differ in colours alone: no style sheet asks which one it is (`color-scheme` answers).
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
THEMES = {"light": RULES, "dark": COLOURS}
AXE = Axe().axe_script
VIOLATIONS = """
async (rules) => (await axe.run(rules)).violations.map(
  (found) => [found.id, found.nodes.map((node) => node.target)])
"""
NARROW = {"viewport": {"width": 320, "height": 800}}
PATIENCE_MS = 60_000  # how long a busy machine may take; a page that is there costs no wait
HARMLESS = (
    # A page of status 4xx is reported on the console.
    "the server responded with a status of 4",
    # The test typed before the browser came to put the caret into the first field.
    "Autofocus processing was blocked because a document already has a focused element.",
)

expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def opened(chromium, url, *, other_origins=(), **options):
    """Open a page that may ask this server only and may break no policy."""
    still = {"reduced_motion": "reduce"}  # a colour that is half way there has no contrast to hold
    context = chromium.new_context(base_url=url, **still, **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    known = (url, *other_origins)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: sent.url.startswith(known) or complaints.append(sent.url))
    try:
        yield page
    finally:
        context.close()
    violations = [text for text in complaints if not any(known in text for known in HARMLESS)]
    assert violations == [], violations  # pytest explains the asserts of test modules alone


def following(page):
    """Wait, at the end of the block, for the page that something in it leads to."""
    return page.expect_navigation(timeout=PATIENCE_MS)


def follow(locator):
    """Press a link or a button, and wait until the page that it leads to is there.

    A click of Playwright returns while the page before may still stand, which a busy machine
    shows and an idle one hides; `tools/tidy.py` refuses to look at a page right after one.
    """
    with following(locator.page):
        locator.click()


def sign_in(page, name, password):
    """Fill in the form that is shown, and follow it to where it leads."""
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    follow(page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))


def check(page):
    """Hold what is shown against axe and against scrolling sideways: each theme, each width."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme)
            where = f"{page.url} at {width}, {theme}"
            assert page.evaluate(VIOLATIONS, rules) == [], where
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{where} scrolls sideways"
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="null")
