"""The models of tests/access/example.py, as Django maps them."""

from django.db import models


class Note(models.Model):
    owner = models.CharField(max_length=64)
    text = models.TextField()
    shared_role = models.CharField(max_length=64, null=True)

    class Meta:
        app_label = "site"
        db_table = "note"


class Thing(models.Model):
    """A column of every kind, and two of each that are compared with one another."""

    name = models.TextField(null=True, db_column="thing_name")
    other = models.CharField(max_length=200, null=True)
    level = models.IntegerField(null=True)
    small = models.SmallIntegerField(null=True)
    wide = models.BigIntegerField(null=True)
    open = models.BooleanField(null=True)
    day = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    key = models.UUIDField(null=True)

    class Meta:
        app_label = "site"
        db_table = "thing"
