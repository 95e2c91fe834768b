"""The models of tests/access/example.py, as Django maps them."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
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


class Folder(models.Model):
    owner = models.CharField(max_length=64, null=True)
    level = models.IntegerField(null=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    class Meta:
        app_label = "site"


class Tag(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    colour = models.CharField(max_length=64, null=True)

    class Meta:
        app_label = "site"


class Entry(models.Model):
    """The note of tests/access/library.py; its parents may be gone."""

    owner = models.CharField(max_length=64, null=True)
    level = models.IntegerField(null=True)
    folder = models.ForeignKey(Folder, models.CASCADE, null=True, db_constraint=False)
    other = models.ForeignKey(Folder, models.CASCADE, null=True, related_name="+")
    tags = models.ManyToManyField(Tag, related_name="notes")

    class Meta:
        app_label = "site"


class Reader(models.Model):
    note = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="readers")
    who = models.CharField(max_length=64, null=True)
    folder = models.ForeignKey(Folder, models.CASCADE, null=True, related_name="+")

    class Meta:
        app_label = "site"


class Cover(models.Model):
    """One a folder, at most."""

    folder = models.OneToOneField(Folder, models.CASCADE)
    colour = models.CharField(max_length=64, null=True)

    class Meta:
        app_label = "site"


class Paper(models.Model):
    """A row whose key is a UUID."""

    id = models.UUIDField(primary_key=True)

    class Meta:
        app_label = "site"


class ShareRow(models.Model):
    tenant = models.CharField(max_length=64, null=True)
    resource_type = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=64)
    relation = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64, null=True)
    role = models.CharField(max_length=64, null=True)
    expires_at = models.BigIntegerField(null=True)

    class Meta:
        app_label = "site"


class PersonManager(BaseUserManager):
    def create_user(self, email, password=None, **more):
        person = self.model(email=email, **more)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """A model of users as a site writes one: known by an address, with keys nobody counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    objects = PersonManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"

    class Meta:
        app_label = "site"


class Nameless(AbstractBaseUser):
    """A model of users that nothing can close."""

    name = models.CharField(max_length=64, unique=True)
    USERNAME_FIELD = "name"

    class Meta:
        app_label = "site"
