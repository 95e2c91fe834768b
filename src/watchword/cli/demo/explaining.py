"""The operator's view of a call: which rule decided it, asked of the policy itself.

Source: access.md section 8; issue 2 (7).
"""

from starlette.concurrency import run_in_threadpool

from watchword.accounts.users import User
from watchword.base.records import dataclass
from watchword.cli.demo.notes import NotesAPI
from watchword.cli.demo.notes.models import Note
from watchword.cli.demo.notes.policy import policy

__all__ = ["PolicyExplainer"]

FILTERED = (
    "The list is the rules themselves, written as a filter for the database: it holds exactly the "
    "notes that you may read one by one."
)
ABSENT = "There is no such note: nothing was left to decide."


@dataclass(frozen=True, slots=True)
class PolicyExplainer:
    """Explains calls of the notes API."""

    notes: NotesAPI

    async def __call__(self, user: User, action: str, note: int | None) -> str:
        """Return the deciding rule and its reason in words."""
        return await run_in_threadpool(self._explain, user, action, note)

    def _explain(self, user: User, action: str, note: int | None) -> str:
        if note is None and action == "read":
            return FILTERED
        me = policy.subject(user.id, roles=user.roles, suspended=not user.is_active)
        with self.notes.sessions() as session:
            row = Note(owner=user.id) if note is None else session.get(Note, note)
            return ABSENT if row is None else str(policy.decide(me, action, row))
