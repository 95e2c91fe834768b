"""Take a screenshot of every page, in both themes and at three widths, into build/pages/.

Usage: python tools/make_pages.py [only-pages-whose-name-begins-so]

Needs Chromium on the PATH. The demonstration is started in this process, on a free loopback port
and in a directory that is thrown away.
"""

import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import uvicorn
from playwright.sync_api import Page, sync_playwright

from watchword.cli.demo.app import make_app, make_settings
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person

TARGET = Path(__file__).parent.parent / "build" / "pages"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 768, 1280)
START_SECONDS_MAX = 30

Visit = Callable[[Page, dict[str, str]], None]


class ReportingServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.tried_to_start = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell whoever waits, also when that failed."""
        try:
            await super().startup(sockets)
        finally:
            self.tried_to_start.set()


@contextmanager
def demonstration(directory: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve the demonstration; yield its URL and the passphrases of its users."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    settings = make_settings(directory, sock.getsockname()[1])
    passphrases: dict[str, str] = {}

    def announce(people: Sequence[Person], _: Notes) -> None:
        passphrases.update({one.user.name: one.passphrase.reveal() for one in people})

    app = make_app(settings, announce=announce)
    server = ReportingServer(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        server.tried_to_start.wait(START_SECONDS_MAX)
        yield settings.public_url, passphrases
    finally:
        server.should_exit = True
        thread.join()
        sock.close()


def start(page: Page, _: dict[str, str]) -> None:
    """Open the start page as a stranger."""
    page.goto("/")


def start_signed_in(page: Page, passphrases: dict[str, str]) -> None:
    """Open the start page as alice, with every call made."""
    page.goto("/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(passphrases["alice"])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    for call in ("list", "create", "read", "update", "stranger", "delete"):
        page.click(f"#call-{call} button")


def signin(page: Page, _: dict[str, str]) -> None:
    """Open the sign-in page."""
    page.goto("/signin")


def signin_refused(page: Page, _: dict[str, str]) -> None:
    """Sign in with a wrong password."""
    page.goto("/signin")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def dead_link(page: Page, _: dict[str, str]) -> None:
    """Follow a set-up link that does not work."""
    page.goto("/setup?link=used")


def reason(page: Page, _: dict[str, str]) -> None:
    """Look an error code up."""
    page.goto("/errors/token_expired")


def inspector(page: Page, _: dict[str, str]) -> None:
    """Open the token inspector, with nothing pasted."""
    page.goto("/inspect")


def inspecting(example: str) -> Visit:
    """Return the visit of the inspector that takes one of its examples."""

    def visit(page: Page, passphrases: dict[str, str]) -> None:
        inspector(page, passphrases)
        page.get_by_role("button", name=example, exact=True).click()
        page.locator("#apart .outcome").wait_for()

    return visit


def inspector_malformed(page: Page, _: dict[str, str]) -> None:
    """Paste a token whose header names a member twice."""
    page.goto("/inspect")
    page.fill("#token", "eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ.eyJzdWIiOiJhbGljZSJ9.AAAA")
    page.locator("#apart .outcome").wait_for()


def inspector_asked(page: Page, passphrases: dict[str, str]) -> None:
    """Take the start page's token to the inspector: the server's verdict."""
    start_signed_in(page, passphrases)
    page.get_by_role("button", name="Open it in the token inspector").click()
    page.locator("#apart .outcome").wait_for()


PAGES: dict[str, Visit] = {
    "start": start,
    "start-signed-in": start_signed_in,
    "signin": signin,
    "signin-refused": signin_refused,
    "setup-dead-link": dead_link,
    "reason": reason,
    "inspector": inspector,
    "inspector-good": inspecting("A good token"),
    "inspector-expired": inspecting("Expired"),
    "inspector-tampered": inspecting("Tampered with"),
    "inspector-sd-jwt": inspecting("With disclosures"),
    "inspector-jwe": inspecting("Encrypted"),
    "inspector-malformed": inspector_malformed,
    "inspector-asked": inspector_asked,
}


def main(beginning: str = "") -> None:
    """Write the screenshots."""
    chromium = shutil.which("chromium") or sys.exit("no Chromium on the PATH")
    TARGET.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as directory,
        demonstration(Path(directory)) as (url, passphrases),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        for name, visit in PAGES.items():
            if not name.startswith(beginning):
                continue
            for theme in THEMES:
                for width in WIDTHS:
                    context = browser.new_context(
                        base_url=url,
                        color_scheme=theme,
                        viewport={"width": width, "height": 800},
                        device_scale_factor=1,
                    )
                    page = context.new_page()
                    visit(page, passphrases)
                    path = TARGET / f"{name}-{theme}-{width}.png"
                    page.screenshot(path=path, full_page=True)
                    context.close()
                    print(path)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
