"""The notes API as ASGI servers run it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
app = get_asgi_application()
