"""An operation of Django's migrations: the server's own migrations, run on its own database.

Source: users.md U10 and U83; decisions/0290.
"""

from typing import Any

from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.operations.base import Operation
from django.db.utils import DEFAULT_DB_ALIAS

from watchword.guards.django.guard import current

__all__ = ["ServerTables"]

_FORWARDS_ONLY = (
    "The server's tables are not taken back: what they hold would be lost. Restore a backup, or "
    "mark the migration as unapplied with --fake"
)


class ServerTables(Operation):
    """Makes or upgrades the server's tables. Django's state knows nothing of them.

    Args:
        revision: of the tables, when this migration was written; a later program goes further.
    """

    reduces_to_sql = False

    def __init__(self, revision: str) -> None:
        self.revision = revision

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave Django's state as it is."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: Any,
        from_state: Any,  # noqa: ARG002  # as above
        to_state: Any,  # noqa: ARG002  # as above
    ) -> None:
        """Run the server's migrations, once and where the site has the server inside."""
        from watchword.django.server import SiteServer  # noqa: PLC0415  # an elsewhere needs none

        is_shown_only = schema_editor.collect_sql
        if is_shown_only or schema_editor.connection.alias != DEFAULT_DB_ALIAS:
            return
        served = current().served
        if isinstance(served, SiteServer):
            served.migrate()

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: Any,  # noqa: ARG002  # as above
        from_state: Any,  # noqa: ARG002  # as above
        to_state: Any,  # noqa: ARG002  # as above
    ) -> None:
        """Refuse. Raises IrreversibleError, which says what helps."""
        raise IrreversibleError(_FORWARDS_ONLY)

    def describe(self) -> str:
        """Say what `migrate --plan` shows."""
        return f"Bring the tables of the watchword server to revision {self.revision}"
