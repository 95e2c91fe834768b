"""The server's tables, from none to revision 0005."""

from typing import ClassVar

from django.db import migrations

from watchword.django.operations import ServerTables


class Migration(migrations.Migration):
    """Runs the server's migrations on its own database, outside of Django's transaction."""

    atomic = False
    operations: ClassVar = [ServerTables("0005")]
