"""The site as servers run it: `app` under ASGI, `wsgi` under WSGI."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

from watchword.django.asgi import with_lifespan

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = with_lifespan(get_asgi_application())
wsgi = get_wsgi_application()
