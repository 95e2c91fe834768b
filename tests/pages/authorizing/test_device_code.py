"""The page of devices in a browser: typed, compared, decided, without a script.

Source: RFC 8628 sections 3.3 and 5.4; WCAG 2.2 levels A and AA; users.md U92 and U94.
"""

import httpx2
import pytest
from tests.pages.chromium import NARROW, check, expect, follow, opened, sign_in
from tests.pages.conftest import make_auth, serving

from watchword.oauth.clients import Client
from watchword.oauth.grants import device_code

pytestmark = pytest.mark.browser

TV = Client(
    "tv",
    "A television with a rather long name in the living room",
    is_first_party=False,
    is_default=False,
    scopes=None,
    grant_types=frozenset({device_code.GRANT.grant_type, "refresh_token"}),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    auth, sock = make_auth(tmp_path_factory.mktemp("devices"))
    with serving(auth, auth, sock) as running:
        running.add_user("alice", "editor")
        running.run(auth.runtime.store.register_client(TV))
        yield running


def begin(site):
    form = {"client_id": "tv", "scope": "openid offline_access"}
    return httpx2.post(f"{site.url}/device_authorization", data=form, timeout=60).json()


def enter(page, site):
    sign_in(page, "alice", site.passphrases["alice"])
    page.wait_for_url(lambda url: "/device" in url)


@pytest.mark.requirement("rfc8628:5.3:compare")
def test_person_lets_a_device_in(chromium, site):
    begun = begin(site)
    with opened(chromium, site.url, java_script_enabled=False, **NARROW) as page:
        page.goto(begun["verification_uri_complete"])
        enter(page, site)
        expect(page.get_by_label("Code on your device")).to_have_value(begun["user_code"])
        follow(page.get_by_role("button", name="Continue"))
        expect(page.get_by_text("Did somebody send you this code")).to_be_visible()
        expect(page.get_by_text(begun["user_code"])).to_be_visible()
        follow(page.get_by_role("button", name="Allow", exact=True))
        expect(page.get_by_role("heading", name=f"{TV.name} is let in")).to_be_visible()
        follow(page.get_by_role("link", name="See all applications"))
        page.wait_for_url(lambda url: url.endswith("/account/apps"))


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_each_step_is_accessible_and_fits(chromium, site):
    begun = begin(site)
    with opened(chromium, site.url, **NARROW) as page:
        page.goto("/device")
        enter(page, site)
        page.get_by_label("Code on your device").fill("BBBB-BBBB")
        follow(page.get_by_role("button", name="Continue"))
        expect(page.get_by_text("No device waits for this code.")).to_be_visible()
        check(page)
        page.get_by_label("Code on your device").fill(begun["user_code"].lower())
        follow(page.get_by_role("button", name="Continue"))
        check(page)
        follow(page.get_by_role("button", name="Do not allow"))
        expect(page.get_by_role("heading", name=f"{TV.name} is not let in")).to_be_visible()
        check(page)
