"""Apache with mod_auth_openidc, both from Debian. Source: oauth.md section 12."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.clients.processes import answering
from tests.clients.provider import SECRET
from tests.pages.chromium import follow, opened, sign_in
from tests.pages.conftest import chromium
from tests.ports import free_port

__all__ = ["chromium"]

APACHE = shutil.which("apache2") or "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
NEEDED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "alias", "headers", "dir", "mime"),
    "auth_openidc",
)

pytestmark = pytest.mark.skipif(
    not Path(APACHE).exists() or not (MODULES / "mod_auth_openidc.so").exists(),
    reason="Apache and mod_auth_openidc are not installed (tools/setup_services.py)",
)


def configuration(home: Path, port: int, issuer: str) -> str:
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED)
    return f"""
{loaded}
ServerName 127.0.0.1
ServerRoot {home}
PidFile {home}/pid
Listen 127.0.0.1:{port}
ErrorLog {home}/error.log
LogLevel warn auth_openidc:info
DocumentRoot {home}/pages
DirectoryIndex index.html
TypesConfig /dev/null
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret "{SECRET}"
OIDCRedirectURI http://127.0.0.1:{port}/private/callback
OIDCCryptoPassphrase of-the-site
OIDCScope "openid profile"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
OIDCSSLValidateServer Off
<Location /private>
  AuthType openid-connect
  Require valid-user
  Header set X-Remote-User "expr=%{{REMOTE_USER}}"
</Location>
"""


@pytest.fixture
def site(provider, tmp_path) -> Iterator[str]:
    """Run Apache on a port of its own, from a directory of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    provider.register(
        "apache",
        redirect_uris=(f"{url}/private/callback",),
        post_logout_redirect_uris=(f"{url}/bye",),
    )
    (tmp_path / "pages" / "private").mkdir(parents=True)
    (tmp_path / "pages" / "private" / "index.html").write_text("only for people")
    (tmp_path / "httpd.conf").write_text(configuration(tmp_path, port, provider.issuer))
    command = [APACHE, "-X", "-f", str(tmp_path / "httpd.conf")]
    with answering(command, f"{url}/", log=tmp_path / "log"):
        yield url


@pytest.mark.requirement("oauth:W:programs-work-unchanged")
def test_pages_of_a_site_are_behind_the_sign_in_until_the_logout(site, person):
    with httpx2.Client(base_url=site) as browser:
        sent = browser.get("/private/")
        assert sent.status_code == 302
        back = browser.get(person.answer(sent.headers["location"]))
        assert back.headers["location"] == f"{site}/private/"
        page = browser.get("/private/")
        assert page.text == "only for people"
        assert page.headers["x-remote-user"] == "alice"
        left = browser.get("/private/callback", params={"logout": f"{site}/bye"})
        assert person.answer(left.headers["location"]) == f"{site}/bye"
        again = browser.get("/private/")
        assert person.answer(again.headers["location"]).startswith(f"{site}/private/callback?")
    assert person.sign_ins == 2


@pytest.mark.browser
@pytest.mark.requirement("oauth:A-7:form-action")
def test_chromium_follows_the_consent_to_the_site(site, provider, chromium):
    """Chromium holds the redirect after a form to the page's `form-action` (oauth.md A-7)."""
    with opened(chromium, provider.issuer, other_origins=(site,)) as page:
        page.goto(f"{site}/private/")
        sign_in(page, "alice", provider.people.passwords["alice"])
        follow(page.locator("button[value=allow]"))
        page.wait_for_url(f"{site}/private/")
        assert page.text_content("body") == "only for people"
