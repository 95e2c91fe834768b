"""What is shared with whoever calls, where shares lie in another place than the rows.

Administrators share by data, and rules say what a share allows: a guard reads the shares of each
request anew, if its rules ask for any. Where a policy names a table of shares beside the rows, its
filters ask there, and nothing is read here.

Source: access.md section 4 (P8), section 5 (S6) and section 10 (F1).
"""

from watchword.access import Policy, Share, ShareReader
from watchword.access.shares import SHARES_MAX, at_this_moment
from watchword.base.clock import Clock
from watchword.base.records import dataclass
from watchword.guards.errors import SubjectsUnavailable

__all__ = ["SharedWith"]

RETRY_SECONDS = 60  # until then an administrator may have ended some


@dataclass(frozen=True, slots=True)
class SharedWith:
    """Reads the shares that come with the subjects of one policy.

    Args:
        reader: of the rows.
        policy: whose rules may ask for them, and whose roles include others.
        clock: the time; what ended counts no more.
    """

    reader: ShareReader
    policy: Policy
    clock: Clock

    @property
    def is_asked(self) -> bool:
        """Whether a rule asks for shares that come with the subject."""
        return self.policy.asks_for_shares

    async def read(self, subject_id: str, held: frozenset[str]) -> tuple[Share, ...] | None:
        """Return what is shared with a subject or a role of it, or None where nobody asks.

        Args:
            subject_id: as tokens and sessions name it.
            held: its roles, before the policy's own inheritance.

        Raises:
            SubjectsUnavailable: they cannot be read, or there are more than a subject may bring.
        """
        if not self.is_asked:
            return None
        inherited = self.policy.words.shape.roles
        roles = held.union(*(inherited.get(role, ()) for role in held))
        found = await self.reader.shares_of(
            subject_id, roles, now=self.clock.now(), at_most=SHARES_MAX
        )
        if len(found) > SHARES_MAX:
            raise SubjectsUnavailable(
                retry_after=RETRY_SECONDS, detail=f"more than {SHARES_MAX} shares"
            )
        return at_this_moment(found)
