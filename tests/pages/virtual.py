"""Chromium's virtual authenticator: a device that the test holds in its hand."""

import contextlib

from tests.pages.chromium import follow, opened, sign_in


class Device:
    """One virtual authenticator of one page."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable", {"enableUI": False})
        self.id = self._add()

    def _add(self):
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        return self.send("addVirtualAuthenticator", options=options)["authenticatorId"]

    def send(self, method, **parameters):
        return self.session.send(f"WebAuthn.{method}", parameters)

    @property
    def credentials(self):
        return self.send("getCredentials", authenticatorId=self.id)["credentials"]

    def verify(self, is_verified):
        """Let the person be recognised, or not."""
        self.send("setUserVerified", authenticatorId=self.id, isUserVerified=is_verified)

    def count(self, count):
        """Put a copy of the only passkey, with another count, in its place."""
        (credential,) = self.credentials
        credential["signCount"] = count
        self.send("clearCredentials", authenticatorId=self.id)
        self.send("addCredential", authenticatorId=self.id, credential=credential)

    def lose(self):
        self.send("clearCredentials", authenticatorId=self.id)


def at_localhost(server):
    """Return the address at which passkeys are made (users.md U27)."""
    return server.url.replace("127.0.0.1", "localhost")


@contextlib.contextmanager
def holding_a_device(chromium, server, **options):
    """Open a page at localhost in a browser with a virtual authenticator."""
    with opened(chromium, at_localhost(server), **options) as page:
        yield page, Device(page)


def enter(page, password, name):
    page.goto("/signin")
    sign_in(page, name, password)
    page.wait_for_url(lambda url: "/signin" not in url)


def sign_out(page):
    page.goto("/account")
    page.locator(".user-menu summary").click()
    follow(page.get_by_role("button", name="Sign out"))
    page.wait_for_url("**/?notice=signed-out")


def add_passkey(page, name):
    page.goto("/account/passkeys")
    page.get_by_role("region", name="Add a passkey").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def use_passkey(page):
    """Use a passkey right after it was made, as the first factor of an account is."""
    page.wait_for_url(lambda url: "/account/confirm" in url)
    follow(page.get_by_role("button", name="Confirm with a passkey"))
    page.wait_for_url("**/account/recovery-codes?notice=passkey-added")
