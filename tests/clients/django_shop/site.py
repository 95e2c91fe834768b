"""A Django site that signs people in by mozilla-django-oidc, with that program's usual settings.

Arguments: issuer, client_id, secret. It serves on the socket that it inherits as file 0.
"""

import socket
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings

issuer, client_id, secret = sys.argv[1:]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    LOGIN_REDIRECT_URL="/who",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{issuer}/authorize",
    OIDC_OP_JWKS_ENDPOINT=f"{issuer}/jwks.json",
    OIDC_OP_TOKEN_ENDPOINT=f"{issuer}/token",
    OIDC_OP_USER_ENDPOINT=f"{issuer}/userinfo",
    OIDC_RP_CLIENT_ID=client_id,
    OIDC_RP_CLIENT_SECRET=secret,
    OIDC_RP_SIGN_ALGO="RS256",
    ROOT_URLCONF=__name__,
    SECRET_KEY="of the site",
)
django.setup()

from django.core.management import call_command  # noqa: E402  # after setup()
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402


def who(request):
    user = request.user
    return JsonResponse({"known": user.is_authenticated, "email": getattr(user, "email", "")})


urlpatterns = [path("oidc/", include("mozilla_django_oidc.urls")), path("who", who)]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        """Say nothing of requests."""


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    server = Server(("127.0.0.1", 0), Quiet, bind_and_activate=False)
    server.socket = socket.socket(fileno=0)
    server.server_name, server.server_port = server.socket.getsockname()[:2]
    server.setup_environ()
    server.set_app(get_wsgi_application())
    server.serve_forever()
