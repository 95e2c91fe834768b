"""Second factors in Chromium: a virtual authenticator, a generator in Python, a sheet of paper."""

import base64
import time

import pyotp
import pytest
import segno
from tests.pages.chromium import NARROW, check, expect, follow, opened, sign_in
from tests.pages.virtual import (
    add_passkey,
    at_localhost,
    enter,
    holding_a_device,
    sign_out,
    use_passkey,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def person(server):
    """A person of this test's own; returns the name."""
    name = f"person{len(server.passphrases)}"
    server.add_user(name)
    return name


NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


def passkey_button(page, path="/signin"):
    """Return what signs in, in a browser that offers nothing in fields."""
    page.add_init_script(NO_OFFER)
    page.goto(path)
    return page.get_by_role("button", name="Sign in with a passkey")


def leave_with_a_passkey(page, server, person):
    """Sign in by password, add a passkey and sign out."""
    enter(page, server.passphrases[person], person)
    add_passkey(page, "Laptop")
    use_passkey(page)
    sign_out(page)


def show_password(page, server, person):
    """Take the first step of a sign-in, which leads to the second."""
    page.add_init_script(NO_OFFER)
    page.goto("/signin")
    sign_in(page, person, server.passphrases[person])
    page.wait_for_url("**/signin/factor")


def notice(page):
    return page.inner_text(".notice")


@pytest.mark.requirement("users-pages:passkey-journey")
def test_a_passkey_is_made_signs_in_alone_is_renamed_and_removed(chromium, server, person):
    """Issue 4; users.md U36, U39 and U48."""
    with holding_a_device(chromium, server) as (page, device):
        enter(page, server.passphrases[person], person)
        add_passkey(page, "Key ring")
        use_passkey(page)
        (credential,) = device.credentials
        assert credential["rpId"] == "localhost"
        assert credential["isResidentCredential"]
        sign_out(page)

        follow(passkey_button(page, "/signin?next=/account/passkeys"))
        page.wait_for_url("**/account/passkeys")
        assert "Last used just now" in page.inner_text(".things")

        page.locator("summary", has_text="Rename or remove").click()
        page.locator(".more").get_by_label("Name").fill("Blue key")
        follow(page.get_by_role("button", name="Save the name"))
        page.wait_for_url("**/account/passkeys?notice=factor-renamed")
        assert "Blue key" in page.inner_text(".things")

        page.locator("summary", has_text="Rename or remove").click()
        follow(page.get_by_role("button", name="Remove this passkey"))
        page.wait_for_url("**/account/passkeys?notice=passkey-removed")
        assert "No passkey yet" in page.inner_text("main")
        sign_out(page)

        passkey_button(page).click()
        page.locator(".notice.bad").wait_for()
        assert "does not open an account" in notice(page)


@pytest.mark.requirement("users-pages:passkey-autofill")
def test_a_browser_offers_a_passkey_in_the_field_and_signs_in(chromium, server, person):
    """Conditional mediation: nobody presses a button (Web Authentication Level 3 section 5.1.4)."""
    with holding_a_device(chromium, server) as (page, _):
        leave_with_a_passkey(page, server, person)
        page.goto("/signin", wait_until="commit")
        page.wait_for_url(lambda url: "/signin" not in url)
        page.goto("/account")
        assert person in page.inner_text("header.masthead, main")


@pytest.mark.requirement("users-pages:passkey-cloned")
def test_a_copy_of_a_passkey_is_refused_and_its_owner_told(chromium, server, person):
    """Web Authentication Level 3 section 6.1.1."""
    with holding_a_device(chromium, server) as (page, device):
        leave_with_a_passkey(page, server, person)
        device.count(500)
        follow(passkey_button(page))
        page.wait_for_url(lambda url: "/signin" not in url)
        sign_out(page)
        device.count(7)
        passkey_button(page).click()
        page.locator(".notice.bad").wait_for()
        device.count(600)
        follow(passkey_button(page))
        page.wait_for_url(lambda url: "/signin" not in url)
        page.goto("/account/activity")
        assert "A passkey counted backwards" in page.inner_text("main")


@pytest.mark.requirement("users-pages:passkey-faults-in-words")
def test_what_goes_wrong_is_said_in_words(chromium, server, person):
    """WCAG 2.2 criterion 3.3.1."""
    with holding_a_device(chromium, server) as (page, device):
        enter(page, server.passphrases[person], person)
        add_passkey(page, "Laptop")
        use_passkey(page)
        add_passkey(page, "Once more")
        fault = page.locator("[data-says]")
        fault.wait_for()
        assert "holds a passkey of your account already" in fault.inner_text()
        sign_out(page)
        device.lose()
        passkey_button(page).click()
        fault.wait_for()
        assert "Try again when you are ready" in fault.inner_text()
        assert fault.get_attribute("role") == "alert"
        assert page.get_attribute("#username", "autocomplete") == "username webauthn"


@pytest.mark.requirement("users-pages:passkeys-elsewhere")
def test_the_address_of_numbers_says_where_passkeys_are_made(chromium, server, person):
    """users.md U27."""
    with opened(chromium, server.url) as page:
        enter(page, server.passphrases[person], person)
        page.goto("/account/passkeys")
        link = page.get_by_role("link", name="http://localhost")
        assert link.get_attribute("href") == f"{at_localhost(server)}/account/passkeys"
        expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


def test_without_script_passkeys_are_listed_and_the_form_is_not_shown(chromium, server, person):
    """users.md U33: everything but the ceremony works."""
    with opened(chromium, server.url, java_script_enabled=False) as page:
        enter(page, server.passphrases[person], person)
        page.goto("/account/passkeys")
        assert "Passkeys need JavaScript" in page.inner_text("main")
        expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


def test_older_browsers_read_the_options_by_hand(chromium, server, person):
    """The fallback where PublicKeyCredential has no parse functions."""
    with holding_a_device(chromium, server) as (page, _):
        page.add_init_script(
            "delete PublicKeyCredential.parseCreationOptionsFromJSON;"
            "delete PublicKeyCredential.parseRequestOptionsFromJSON;"
            "delete PublicKeyCredential.prototype.toJSON;"
        )
        leave_with_a_passkey(page, server, person)
        follow(passkey_button(page))
        page.wait_for_url(lambda url: "/signin" not in url)


@pytest.mark.requirement("users-pages:passkey-confirms")
def test_a_passkey_confirms_who_is_there(chromium, server, person):
    """OWASP ASVS 5.0 V7.5.1; also for accounts without a password."""
    with holding_a_device(chromium, server) as (page, _):
        enter(page, server.passphrases[person], person)
        add_passkey(page, "Laptop")
        use_passkey(page)
        page.goto("/account/confirm?next=/account/passkeys")
        check(page)
        follow(page.get_by_role("button", name="Confirm with a passkey"))
        page.wait_for_url("**/account/passkeys")
        assert "Last used just now" in page.inner_text(".things")


def enrolled(page, name="Phone"):
    """Begin an enrolment and return the generator that the picture's link describes."""
    page.goto("/account/totp")
    page.get_by_label("Name").fill(name)
    follow(page.get_by_role("button", name="Continue"))
    page.get_by_role("heading", name=f"Add an app: {name}").wait_for()
    return page.get_by_role("link", name="Open it in an app").get_attribute("href")


@pytest.mark.requirement("users-pages:totp-journey")
def test_an_app_is_added_from_its_picture_renamed_and_removed(chromium, server, person):
    """Issue 4 (QR as SVG); users.md U39 and U48."""
    with opened(chromium, server.url, java_script_enabled=False) as page:
        enter(page, server.passphrases[person], person)
        uri = enrolled(page)
        picture = page.get_attribute(".picture", "src")
        assert picture.startswith("data:image/svg+xml;")
        drawn = segno.make(uri, error="m", micro=False).svg_data_uri(
            scale=4, border=4, dark="#000", light="#fff"
        )
        assert picture == drawn  # the picture says what the link says
        page.locator("summary", has_text="Or type this key").click()
        key = "".join(page.inner_text(".key").split())
        generator = pyotp.parse_uri(uri)
        assert generator.secret == key
        assert len(base64.b32decode(key)) == 20

        page.get_by_label("Code from the app").fill("000000")
        follow(page.get_by_role("button", name="Confirm"))
        assert "not the code that the app shows" in page.inner_text("#code-error")
        page.get_by_label("Code from the app").fill(generator.now())
        follow(page.get_by_role("button", name="Confirm"))
        page.wait_for_url("**/account/recovery-codes?notice=totp-added")

        page.goto("/account/totp")
        page.locator("summary", has_text="Rename or remove").click()
        page.locator(".more").get_by_label("Name").fill("Tablet")
        follow(page.get_by_role("button", name="Save the name"))
        assert "Tablet" in page.inner_text(".things")
        page.locator("summary", has_text="Rename or remove").click()
        follow(page.get_by_role("button", name="Remove this app"))
        page.wait_for_url("**/account/totp?notice=totp-removed")
        assert "No authenticator app yet" in page.inner_text("main")


@pytest.mark.requirement("users-pages:passkey-second-factor")
def test_a_passkey_is_the_second_step_after_a_password(chromium, server, person):
    """Issue 4; and alone it asks for its person, whom the device has to know."""
    with holding_a_device(chromium, server) as (page, device):
        leave_with_a_passkey(page, server, person)
        show_password(page, server, person)
        check(page)
        follow(page.get_by_role("button", name="Use a passkey"))
        page.wait_for_url(lambda url: "/signin" not in url)
        sign_out(page)
        device.verify(False)
        passkey_button(page).click()
        page.locator("[data-says]").wait_for()
        assert "/signin" in page.url


@pytest.mark.requirement("users-pages:codes-second-factor")
def test_codes_of_app_and_sheet_are_the_second_step_and_work_once(chromium, server, person):
    """Issue 4; security.md rule 37; no script needed."""
    with opened(chromium, server.url, java_script_enabled=False) as page:
        enter(page, server.passphrases[person], person)
        uri = enrolled(page)
        page.get_by_label("Code from the app").fill(pyotp.parse_uri(uri).now())
        follow(page.get_by_role("button", name="Confirm"))
        follow(page.get_by_role("button", name="Make recovery codes"))
        recovery = page.locator(".codes code").all_inner_texts()
        sign_out(page)

        show_password(page, server, person)
        page.get_by_label("Code from your authenticator app").fill(soon(pyotp.parse_uri(uri)))
        follow(page.get_by_role("button", name="Continue"))
        page.wait_for_url(lambda url: "/signin" not in url)
        sign_out(page)

        for code, is_right in ((recovery[0].upper(), True), (recovery[0], False)):
            show_password(page, server, person)
            follow(page.get_by_role("link", name="Use a recovery code instead"))
            page.locator("[name=code]").fill(code)
            follow(page.get_by_role("button", name="Continue"))
            if is_right:
                page.wait_for_url(lambda url: "/signin" not in url)
                sign_out(page)
        assert "not one of your unused recovery codes" in page.inner_text("main")


def soon(generator):
    """Return the code of the next step: the one of this step was used at the enrolment."""
    return generator.at(int(time.time()) + 30)


@pytest.mark.requirement("users:U43:copy-button")
def test_a_button_copies_what_stands_beside_it(chromium, server, person):
    """users.md U33: own script, and a path without it (the codes are text)."""
    rights = ["clipboard-read", "clipboard-write"]
    with opened(chromium, server.url, permissions=rights) as page:
        enter(page, server.passphrases[person], person)
        uri = enrolled(page)
        page.locator("summary", has_text="Or type this key").click()
        expect(page.locator(".key")).to_be_visible()
        assert copied(page) == pyotp.parse_uri(uri).secret
        page.get_by_label("Code from the app").fill(pyotp.parse_uri(uri).now())
        follow(page.get_by_role("button", name="Confirm"))
        follow(page.get_by_role("button", name="Make recovery codes"))
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        codes = page.locator(".codes code").all_inner_texts()
        assert copied(page).splitlines() == codes
        page.goto("/account/profile")
        assert copied(page) == server.user(person).id
        page.goto("/account/password")
        assert copied(page) == page.inner_text(".offer")


def copied(page):
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.requirement("users:U36:show-password")
def test_a_button_shows_the_password_and_hides_it_before_it_is_sent(chromium, server):
    with opened(chromium, server.url) as page:
        page.goto("/signin")
        field = page.get_by_label("Password")
        field.fill("what a person types")
        for said, kind in (("Show", "text"), ("Hide", "password")):
            page.get_by_role("button", name=said).click()
            expect(field).to_have_attribute("type", kind)
        page.get_by_role("button", name="Show").click()
        page.evaluate(
            "document.querySelector('#password').form.addEventListener("
            "'submit', (event) => event.preventDefault())"
        )
        page.get_by_label("User name").fill("alice")
        page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
        expect(field).to_have_attribute("type", "password")


def test_without_script_nothing_offers_to_copy_or_to_show(chromium, server, person):
    with opened(chromium, server.url, java_script_enabled=False) as page:
        page.goto("/signin")
        expect(page.locator(".reveal").first).to_be_hidden()
        enter(page, server.passphrases[person], person)
        page.goto("/account/password")
        expect(page.locator(".copy").first).to_be_hidden()


@pytest.mark.requirement("users-pages:recovery-sheet")
def test_codes_are_shown_once_printed_and_kept_as_a_file(chromium, server, person, tmp_path):
    """users.md U48: no script needed."""
    with opened(chromium, server.url, java_script_enabled=False, accept_downloads=True) as page:
        enter(page, server.passphrases[person], person)
        page.goto("/account/recovery-codes")
        assert "Nothing to recover yet" in page.inner_text("main")
        uri = enrolled(page)
        page.get_by_label("Code from the app").fill(pyotp.parse_uri(uri).now())
        follow(page.get_by_role("button", name="Confirm"))
        follow(page.get_by_role("button", name="Make recovery codes"))
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        codes = page.locator(".codes code").all_inner_texts()
        assert len(set(codes)) == 10
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Keep as a file").click()
        waiting.value.save_as(tmp_path / "codes.txt")
        lines = (tmp_path / "codes.txt").read_text().split()
        assert waiting.value.suggested_filename == "recovery-codes.txt"
        assert [line for line in lines if line in codes] == codes
        page.emulate_media(media="print")
        expect(page.locator(".codes")).to_be_visible()
        page.emulate_media(media="screen")
        follow(page.get_by_role("link", name="I have kept them"))
        page.goto("/account/recovery-codes")
        assert "10 of 10 codes left" in page.inner_text("main")
        assert not any(code in page.content() for code in codes)


@pytest.mark.requirement("users-pages:no-axe-violations")
def test_no_page_of_factors_has_an_accessibility_violation(chromium, server, person):
    """users.md U92: 0 axe violations, in both themes, at three widths."""
    with holding_a_device(chromium, server, **NARROW) as (page, _):
        page.goto("/signin")
        page.get_by_role("button", name="Sign in with a passkey").wait_for()
        check(page)
        enter(page, server.passphrases[person], person)
        for path in ("/account/passkeys", "/account/totp", "/account/recovery-codes"):
            page.goto(path)
            check(page)
        uri = enrolled(page)
        page.locator("summary", has_text="Or type this key").click()
        expect(page.locator(".key")).to_be_visible()
        check(page)
        page.get_by_label("Code from the app").fill("1")
        follow(page.get_by_role("button", name="Confirm"))
        page.locator("#code-error").wait_for()
        check(page)
        page.get_by_label("Code from the app").fill(pyotp.parse_uri(uri).now())
        follow(page.get_by_role("button", name="Confirm"))
        follow(page.get_by_role("button", name="Make recovery codes"))
        page.get_by_role("heading", name="Your recovery codes").wait_for()
        check(page)
        add_passkey(page, "Laptop")
        page.wait_for_url("**/account/passkeys?*")
        for path in ("/account/passkeys", "/account/totp", "/account/recovery-codes"):
            page.goto(path)
            page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
            check(page)
