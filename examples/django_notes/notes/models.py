"""Notes, as the application stores them."""

from django.db import models

from watchword.django import AccessManager

__all__ = ["Note"]

TITLE_CHARACTERS_MAX = 200
BODY_CHARACTERS_MAX = 10_000
NAME_CHARACTERS_MAX = 64


class Note(models.Model):
    """One note. `owner` is a user id, which is never given to anybody else; a name may be."""

    id = models.AutoField(primary_key=True)
    owner = models.CharField(max_length=NAME_CHARACTERS_MAX, db_index=True)
    title = models.CharField(max_length=TITLE_CHARACTERS_MAX)
    body = models.CharField(max_length=BODY_CHARACTERS_MAX)
    shared_role = models.CharField(max_length=NAME_CHARACTERS_MAX, null=True, db_index=True)

    objects = AccessManager()
