"""Settings of the site: nothing but what the notes need."""

import os

ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("NOTES_DATABASE", "sqlite:///notes.db").removeprefix("sqlite:///"),
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # a note of 10,000 characters, each four bytes or escaped
INSTALLED_APPS = ["notes"]
MIDDLEWARE = ["watchword.django.BearerMiddleware"]
ROOT_URLCONF = "urls"
WATCHWORD = {
    "ISSUER": os.environ.get("NOTES_ISSUER", "http://127.0.0.1:8000"),
    "AUDIENCE": os.environ.get("NOTES_AUDIENCE", "http://127.0.0.1:8001"),
    "POLICY": "notes.policy.policy",
}
