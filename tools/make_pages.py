"""Take a screenshot of every page, in both themes and at three widths, into build/pages/.

Usage: python tools/make_pages.py [only-pages-whose-name-begins-so] [--language TAG]...

The pages of the demonstration, and those behind a mail or another program, are visited by hand; all
others are found in the table of routes, as a stranger sees them and signed in, and in Arabic and
Polish as well.

Needs Chromium on the PATH. The demonstration is started in this process, on a free loopback port
and in a directory that is thrown away.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

import pyotp
import uvicorn
from page_routes import page_paths
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from watchword.cli.demo.app import make_app, make_settings
from watchword.cli.demo.pages.calls import Notes
from watchword.cli.demo.users import Person
from watchword.oauth.grants import device_code

TARGET = Path(__file__).parent.parent / "build" / "pages"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 768, 1280)
START_SECONDS_MAX = 30
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
DEVICE_GRANT = device_code.GRANT.grant_type
GOOD_PASSWORD = "nine violet kites over the pond"

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
    settings = replace(
        make_settings(directory, sock.getsockname()[1]), register=True, client_registration="open"
    )
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


def follow(locator: Locator) -> None:
    """Press a link or a button, and wait until the page that it leads to is there."""
    with locator.page.expect_navigation():
        locator.click()


def start(page: Page, _: dict[str, str]) -> None:
    """Open the start page as a stranger."""
    page.goto("/")


def start_signed_in(page: Page, passphrases: dict[str, str]) -> None:
    """Open the start page as alice, with every call made."""
    page.goto("/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(passphrases["alice"])
    follow(page.get_by_role("main").get_by_role("button", name="Sign in"))
    for call in ("list", "create", "read", "update", "stranger", "delete"):
        follow(page.locator(f"#call-{call} button"))


def signin(page: Page, _: dict[str, str]) -> None:
    """Open the sign-in page."""
    page.goto("/signin")


def signin_refused(page: Page, _: dict[str, str]) -> None:
    """Sign in with a wrong password."""
    page.goto("/signin")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("not this one")
    follow(page.get_by_role("main").get_by_role("button", name="Sign in"))


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
    follow(page.get_by_role("button", name="Open it in the token inspector"))
    page.locator("main .verdict").first.wait_for()


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


@dataclass(frozen=True, slots=True)
class Camera:
    """Takes the pictures of a page that is open."""

    languages: tuple[str, ...]
    beginning: str

    @property
    def answer(self) -> "Camera":
        """The same for the answer to a form, which is not asked for again in another language."""
        return replace(self, languages=())

    def shoot(self, page: Page, name: str) -> None:
        """Write the pictures of a page, in English and in the other languages."""
        if not name.startswith(self.beginning):
            return
        for theme in THEMES:
            for width in WIDTHS:
                _picture(page, f"{name}-{theme}-{width}", theme, width)
        for tag in self.languages:
            page.context.set_extra_http_headers({"accept-language": tag})
            page.reload()
            for width in (WIDTHS[0], WIDTHS[-1]):
                _picture(page, f"{name}-{tag}-{width}", "light", width)
        page.context.set_extra_http_headers({})
        if self.languages:
            page.reload()


def _picture(page: Page, name: str, theme: Literal["light", "dark"], width: int) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    path = TARGET / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    print(path)


def sign_in(page: Page, passphrases: dict[str, str], name: str = "alice") -> None:
    """Sign somebody in, as far as the first page that follows."""
    page.goto("/signin")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(passphrases[name])
    follow(page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))
    page.wait_for_url(lambda url: urlsplit(url).path != "/signin")


def furnish(page: Page, passphrases: dict[str, str]) -> str:
    """Fill alice's account, and return the id of a login of an application."""
    credentials = {"username": "alice", "password": passphrases["alice"]}
    tokens = page.request.post("/login", data=credentials).json()
    page.request.post("/refresh", data={"refresh_token": tokens["refresh_token"]})
    page.goto("/account/apps")
    link = page.locator("a[href*='/account/apps/']").first.get_attribute("href") or ""
    return link.rpartition("/")[2]


def add_second_factor(page: Page, camera: Camera) -> None:
    """Give alice an authenticator app and a sheet of recovery codes."""
    page.goto("/account/confirm?acr=aal2")
    camera.shoot(page, "account-confirm-no-factor")
    page.goto("/account/totp")
    page.get_by_label("Name").fill("Phone")
    follow(page.get_by_role("button", name="Continue"))
    page.locator("summary", has_text="Or type this key").click()
    camera.shoot(page, "account-totp-enrolling")
    uri = page.get_by_role("link", name="Open it in an app").get_attribute("href") or ""
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)  # as the address says
    page.get_by_label("Code from the app").fill(app.now())
    follow(page.get_by_role("button", name="Confirm"))
    page.wait_for_url(lambda address: "recovery-codes" in address)
    camera.shoot(page, "account-after-enrolment")
    follow(page.get_by_role("button", name="Make recovery codes"))
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    camera.answer.shoot(page, "account-recovery-sheet")


def by_mail(page: Page, subject: str) -> str:
    """Return the address that the newest mail about something leads to."""
    page.goto("/mailbox")
    letter = page.locator(".letter", has_text=subject).first
    return letter.locator("a.button").get_attribute("href") or ""


def shoot_mails(browser: Browser, url: str, camera: Camera) -> None:
    """Take pictures of the pages before and behind a mail, with a person of their own."""
    page = browser.new_context(base_url=url).new_page()

    def ask(path: str, name: str) -> None:
        page.goto(path)
        page.get_by_label("E-mail address").fill("carol.jefferson@example.com")
        follow(page.get_by_role("button", name="Send the mail"))
        page.get_by_role("heading", name="Look into your mail").wait_for()
        camera.answer.shoot(page, name)

    ask("/signup", "signup-sent")
    page.goto(by_mail(page, "Finish your account"))
    camera.shoot(page, "signup-finish")
    page.get_by_label("User name").fill("carol")
    for password, name in (("too short", "signup-refused"), (GOOD_PASSWORD, "signed-up")):
        page.get_by_label("Password").fill(password)
        page.get_by_label("The same once more").fill(password)
        follow(page.get_by_role("button", name="Create the account"))
        camera.answer.shoot(page, name)
    page.goto("/account/emails")
    page.get_by_label("E-mail address").fill("carol@example.net")
    follow(page.get_by_role("button", name="Send the mail"))
    page.wait_for_url(lambda address: "notice=" in address)
    camera.shoot(page, "account-emails-two")
    page.goto(by_mail(page, "Confirm this address"))
    camera.shoot(page, "verify")
    page.context.clear_cookies()
    ask("/forgot", "forgot-sent")
    page.goto(by_mail(page, "Set a new password"))
    camera.shoot(page, "reset")
    page.goto("/mailbox")
    camera.shoot(page, "mailbox-full")
    page.context.close()


def shoot_passkeys(browser: Browser, url: str, passphrases: dict[str, str], camera: Camera) -> None:
    """Take pictures of bob's pages with a passkey, at the one host that may have some."""
    context = browser.new_context(base_url=url.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    page.goto("/signin")
    camera.shoot(page, "passkey-signin")
    sign_in(page, passphrases, "bob")
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/account/passkeys")
    camera.shoot(page, "passkey-none")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(lambda address: "/account/confirm" in address)
    camera.shoot(page, "passkey-first-use")
    follow(page.get_by_role("button", name="Confirm with a passkey"))
    page.wait_for_url(lambda address: urlsplit(address).path == "/account/recovery-codes")
    page.goto("/account/passkeys")
    page.locator("summary", has_text="Rename or remove").click()
    camera.shoot(page, "passkey-one")
    context.close()


def shoot_clients(browser: Browser, url: str, passphrases: dict[str, str], camera: Camera) -> None:
    """Take pictures of what other people's programs lead to: consent, devices, signing out."""
    page = browser.new_context(base_url=url).new_page()
    metadata = {
        "client_name": "Trail planner",
        "redirect_uris": ["http://127.0.0.1:9/done"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT],
    }
    client_id = page.request.post("/register", data=metadata).json()["client_id"]
    asked = {
        "client_id": client_id,
        "redirect_uri": metadata["redirect_uris"][0],
        "response_type": "code",
        "scope": "openid email offline_access notes:read",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636 appendix B
        "code_challenge_method": "S256",
    }
    page.goto(f"/authorize?{urlencode({**asked, 'client_id': 'nobody'})}")
    camera.shoot(page, "authorize-unknown-client")
    page.goto(f"/authorize?{urlencode({**asked, 'redirect_uri': 'https://other.example/'})}")
    camera.shoot(page, "authorize-other-address")
    page.goto(f"/authorize?{urlencode({**asked, 'response_type': 'token'})}")
    camera.shoot(page, "authorize-refused")
    page.goto(f"/authorize?{urlencode(asked)}")
    camera.shoot(page, "authorize-signin")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill(passphrases["bob"])
    follow(page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))
    page.get_by_role("heading", name="Allow Trail planner?").wait_for()
    camera.shoot(page, "consent")
    form = {"client_id": client_id, "scope": "openid notes:read"}
    begun = page.request.post("/device_authorization", form=form).json()
    page.goto("/device")
    camera.shoot(page, "device")
    page.get_by_label("Code on your device").fill(begun["user_code"])
    follow(page.get_by_role("button", name="Continue"))
    page.get_by_role("heading", name="Let Trail planner in?").wait_for()
    camera.answer.shoot(page, "device-question")
    follow(page.get_by_role("button", name="Allow", exact=True))
    page.get_by_role("heading", name="Trail planner is let in").wait_for()
    camera.answer.shoot(page, "device-let-in")
    page.goto("/logout")
    camera.shoot(page, "logout-question")
    follow(page.get_by_role("main").get_by_role("button", name="Sign out"))
    page.get_by_role("heading", name="You are signed out").wait_for()
    camera.answer.shoot(page, "logout-done")
    page.context.close()


def shoot_routes(browser: Browser, url: str, passphrases: dict[str, str], camera: Camera) -> None:
    """Take pictures of every page in the table of routes."""
    examples = {"code": "token_expired", "family_id": "none", "id": "none"}
    examples |= {"user_id": "none", "act": "suspend", "position": "1", "role": "admin"}
    page = browser.new_context(base_url=url).new_page()
    for path in page_paths(examples):
        page.goto(path)
        if urlsplit(page.url).path == path:  # else it leads to the sign-in page
            camera.shoot(page, f"stranger{path.replace('/', '-')}")
    sign_in(page, passphrases)
    camera.shoot(page, "signed-in")
    examples["family_id"] = furnish(page, passphrases)
    shoot_account(page, examples, camera, "empty")
    add_second_factor(page, camera)
    shoot_account(page, examples, camera, "full")
    page.context.clear_cookies()
    sign_in(page, passphrases)
    camera.shoot(page, "signin-factor")
    page.context.close()


def shoot_account(page: Page, examples: dict[str, str], camera: Camera, state: str) -> None:
    """Take pictures of the account's pages as they are at this moment."""
    for path in page_paths(examples):
        if path.startswith("/account"):
            page.goto(path)
            name = path.replace(examples["family_id"], "one").strip("/").replace("/", "-")
            camera.shoot(page, f"{name}-{state}")


def shoot_demonstration(
    browser: Browser, url: str, passphrases: dict[str, str], beginning: str
) -> None:
    """Take pictures of what is visited by hand, each in a browser of its own."""
    for name, visit in PAGES.items():
        if not name.startswith(beginning):
            continue
        page = browser.new_context(base_url=url).new_page()
        for theme in THEMES:
            for width in WIDTHS:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.set_viewport_size({"width": width, "height": 800})
                page.context.clear_cookies()
                visit(page, passphrases)
                _picture(page, f"{name}-{theme}-{width}", theme, width)
        page.context.close()


def main() -> None:
    """Write the screenshots."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("beginning", nargs="?", default="")
    arguments.add_argument(
        "--language", action="append", help="beside English; ar and pl unless given"
    )
    told = arguments.parse_args()
    chromium = shutil.which("chromium") or sys.exit("no Chromium on the PATH")
    TARGET.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    camera = Camera(tuple(told.language or ("ar", "pl")), told.beginning)
    with (
        tempfile.TemporaryDirectory() as directory,
        demonstration(Path(directory)) as (url, passphrases),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        shoot_demonstration(browser, url, passphrases, told.beginning)
        shoot_mails(browser, url, camera)
        shoot_passkeys(browser, url, passphrases, camera)
        shoot_clients(browser, url, passphrases, camera)
        shoot_routes(browser, url, passphrases, camera)
        browser.close()


if __name__ == "__main__":
    main()
