"""The view of the server, which stands wherever a site includes it.

Source: users.md section 5 and U9; security.md rules 38 and 47.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters

from watchword.django.server import SiteServer
from watchword.guards.declarations import Access, Declaration, declare
from watchword.guards.django.guard import current

__all__ = ["serve", "site_server"]


def site_server() -> SiteServer:
    """Return the server of the site.

    Raises:
        ImproperlyConfigured: the setting WATCHWORD is at fault, or the issuer is elsewhere.
    """
    served = current().served
    if not isinstance(served, SiteServer):
        raise ImproperlyConfigured(
            "the server is not in this site: add 'watchword.django' to INSTALLED_APPS, and take "
            "ISSUER out of WATCHWORD"
        )
    return served


@sensitive_post_parameters()
@transaction.non_atomic_requests
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Answer a request below the include."""
    served = site_server()
    return served.answer(request, f"{served.issuer_path}/{path}")


@sensitive_post_parameters()
async def _serve_on_a_loop(request: HttpRequest, path: str) -> HttpResponse:
    served = site_server()
    return await served.aanswer(request, f"{served.issuer_path}/{path}")


# Django's own marks. The server's forms have tokens of their own, bound to its session, and whom it
# signs in is not whom Django knows.
serve.csrf_exempt = True  # type: ignore[attr-defined]
serve.login_required = False  # type: ignore[attr-defined]
serve.on_a_loop = _serve_on_a_loop  # type: ignore[attr-defined]
declare(serve, Declaration(None, Access.PUBLIC))
