"""A site with the server inside, and with every middleware of Django's that might be in its way."""

import os

ALLOWED_HOSTS = ["127.0.0.1"]
CSRF_COOKIE_NAME = "csrftoken"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["SITE_DATABASE"],
        "ATOMIC_REQUESTS": True,
    }
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "watchword.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "watchword.django.BearerMiddleware",
]
ROOT_URLCONF = "urls"
SECRET_KEY = "of a test"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
WATCHWORD = {
    "DATABASE": os.environ["SITE_SERVER_DATABASE"],
    "URL": os.environ["SITE_URL"],
    "CLIENTS": {
        "app": {"first_party": True, "redirect_uris": [os.environ["SITE_URL"] + "/callback"]}
    },
}
