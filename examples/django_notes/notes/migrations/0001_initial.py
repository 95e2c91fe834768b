"""The table of notes."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("owner", models.CharField(db_index=True, max_length=64)),
                ("title", models.CharField(max_length=200)),
                ("body", models.CharField(max_length=10_000)),
                ("shared_role", models.CharField(db_index=True, max_length=64, null=True)),
            ],
        ),
    ]
