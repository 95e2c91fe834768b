"""`POST /preferences`: the language and the theme that a person chooses at the foot of a page.

Source: users.md U36, U91, U94.
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from watchword.server.bodies import read_form
from watchword.server.cookies import cookie_rules
from watchword.server.languages import find_language
from watchword.server.pages.preferences import THEMES, Preferences
from watchword.server.pages.render import see_other, site_for
from watchword.server.pages.visit import refuse_foreign
from watchword.server.pages.way_back import HERE_CHARACTERS_MAX, way_back
from watchword.server.runtime import Runtime

__all__ = ["save_preferences"]


async def save_preferences(request: Request, runtime: Runtime) -> Response:
    """Keep the language or the theme, and go back to the page.

    Raises:
        Rejected: a page of another site sent the form, or it is no form.
    """
    refuse_foreign(request, runtime)
    form = await read_form(request)
    rules = cookie_rules(runtime.settings.issuer)
    kept = Preferences.from_text(rules.read_text(request.headers, rules.preferences))
    if (language := find_language(form.get("language"))) is not None:
        kept = replace(kept, language=language)
    if (theme := form.get("theme")) in THEMES:
        kept = replace(kept, theme=theme)
    site = site_for(request, runtime.settings)
    here = way_back(form.get("here"), otherwise=site.path("/"), characters_max=HERE_CHARACTERS_MAX)
    response = see_other(site, here)
    rules.write_preferences(response, kept.to_text())
    return response
