"""The application of the test site."""

from pathlib import Path

from django.apps import AppConfig


class Site(AppConfig):
    name = "tests.django_site"
    label = "site"
    path = str(Path(__file__).parent)
