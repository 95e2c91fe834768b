"""From a template and its values to an HTML answer with the headers that every page carries.

Source: users.md U30; security.md rule 77; OWASP ASVS 5.0 V3.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from urllib.parse import urlencode, urlsplit

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from watchword.base.records import dataclass
from watchword.server.cookies import cookie_rules
from watchword.server.languages import (
    ENGLISH,
    LANGUAGES,
    Language,
    Message,
    say,
    speaking,
    translate,
    translate_plural,
)
from watchword.server.pages.assets import Asset, own_assets
from watchword.server.pages.banner import Banner, banner_from
from watchword.server.pages.brand_assets import LOGOS, STYLESHEET, brand_assets
from watchword.server.pages.preferences import Theme, preferences_of
from watchword.server.settings import Settings

__all__ = ["Site", "html_headers", "page", "see_other", "site_for", "site_of", "templates"]

FORM_ACTION = "form-action 'self'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        FORM_ACTION,
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
# What of a page's address the page itself may repeat, to come back to after a change of language.
KEPT_IN_ADDRESS = frozenset({"next", "link"})
HSTS = "max-age=63072000; includeSubDomains"  # two years; ASVS 5.0 V3.4.1 asks for one


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows of the server that shows it. Built from settings, never from a request.

    Source: security.md rule 97.
    """

    origin: str  # scheme, host and port of the public URL
    prefix: str  # path of the public URL, without a slash at its end
    assets: Mapping[str, Asset]
    name: str = "watchword"
    language: Language = ENGLISH
    theme: Theme = "system"
    here: str = "/"  # the page that is shown, to come back to; nothing: nobody can
    has_admin_pages: bool = True
    offers_signup: bool = False  # whether strangers may make accounts
    offers_recovery: bool = False  # whether a mail reaches who has forgotten a password
    acting: Banner | None = None  # somebody acts as another user in this browser
    form_target: str | None = None  # of a validated redirect, to which the page's forms may lead

    @property
    def languages(self) -> Iterable[Language]:
        """Every language that its pages can be read in."""
        return LANGUAGES.values()

    @property
    def host(self) -> str:
        """Host and port, as a person reads them in the address bar."""
        return urlsplit(self.origin).netloc

    @property
    def issuer(self) -> str:
        """The issuer identifier."""
        return self.origin + self.prefix

    @property
    def brand_sheet(self) -> str | None:
        """The path of the brand's stylesheet, where there is one."""
        return self.asset(STYLESHEET) if STYLESHEET in self.assets else None

    @property
    def logo(self) -> str | None:
        """The path of the brand's logo, where there is one."""
        names = (name for name in LOGOS if name in self.assets)
        return next((self.asset(name) for name in names), None)

    def path(self, path: str) -> str:
        """Return the path of a page on this server, below the place where it is mounted."""
        return self.prefix + path

    def asset(self, name: str) -> str:
        """Return the path of a static file."""
        return self.path(self.assets[name].path)


def site_of(public_url: str, assets: Mapping[str, Asset] | None = None) -> Site:
    """Return the site of a public URL, with the server's own static files unless others come."""
    parts = urlsplit(public_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Site(origin, parts.path.rstrip("/"), own_assets() if assets is None else assets)


def site_for(
    request: Request, settings: Settings, assets: Mapping[str, Asset] | None = None
) -> Site:
    """Return the site as the person who sends this request wants to see it."""
    language, theme = preferences_of(request, settings)
    every = {**(own_assets() if assets is None else assets), **brand_assets(settings.brand)}
    site = site_of(settings.issuer, every)
    kept = {key: value for key, value in request.query_params.items() if key in KEPT_IN_ADDRESS}
    here = request.scope["path"] + (f"?{urlencode(kept)}" if kept else "")
    return replace(
        site,
        name=settings.brand_name,
        language=language,
        theme=theme,
        here=here,
        has_admin_pages=settings.admin_pages,
        offers_signup=settings.register,
        offers_recovery=settings.has_mail,
        acting=banner_from(request.headers, cookie_rules(settings.issuer)),
    )


def templates(*loaders: BaseLoader) -> Environment:
    """Return an environment over `loaders`, then the server's own templates. Escaping is on."""
    own = PackageLoader("watchword.server.pages")
    environment = Environment(
        loader=ChoiceLoader([*loaders, own]),
        autoescape=True,
        undefined=StrictUndefined,  # a forgotten value is a failing test, never a blank
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(say, translate_plural, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.globals["_"] = _say
    return environment


def _say(message: str | Message, **values: object) -> Markup:
    """Say a text that may come from anywhere: it is escaped, and so are its values."""
    text, own = translate(message)
    every = {**own, **values}
    escaped = escape(text)
    return escaped % every if every else escaped


@cache
def own_templates() -> Environment:
    """Return the environment of the server's own pages, made once."""
    return templates()


def page(
    site: Site,
    template: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    environment: Environment | None = None,
) -> Response:
    """Render a template to an answer with the headers of every page.

    Args:
        site: what the page knows of its server.
        template: file name below a folder of templates.
        values: what the template shows; a missing one is an error.
        status: HTTP status.
        environment: where the template is; the server's own unless given.
    """
    found = (environment or own_templates()).get_template(template)
    with speaking(site.language):
        body = found.render(**values, site=site)
    return HTMLResponse(body, status, headers=html_headers(site))


def see_other(site: Site, location: str) -> Response:
    """Answer a POST with the page to look at next.

    Source: RFC 9700 section 4.12 (303, never 307).
    """
    return RedirectResponse(location, 303, headers=html_headers(site))


def html_headers(site: Site) -> dict[str, str]:
    """Return the headers of every answer to a browser.

    Browsers hold `form-action` against the redirects that follow a form too, so a page on the way
    to a client names the client's origin (oauth.md A-7; users.md U31).
    """
    policy = CONTENT_SECURITY_POLICY
    if site.form_target is not None:
        policy = policy.replace(FORM_ACTION, f"{FORM_ACTION} {site.form_target}")
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if site.origin.startswith("https:"):
        headers["Strict-Transport-Security"] = HSTS
    return headers
