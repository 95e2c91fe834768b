"""The circumstances of a request, as every guard tells them to its policy.

An application that calls the policy itself asks the guard for the same. A guard knows the time:
shares end, so a policy whose rules ask for one declares `now`. What else a policy declares of a
request, such as the network that it comes from, the application says by a function of its
framework's request. What nobody says is absent.

Source: access.md section 2 (`now` comes in the context), section 4 (P8), S2; decisions/0266.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from watchword.access import Context, Policy
from watchword.access.rules import NOW
from watchword.base.clock import Clock
from watchword.base.records import dataclass

__all__ = ["Circumstances", "Telling"]

Telling: TypeAlias = Callable[[Any], Mapping[str, object]]
"""Takes the request of the framework, and returns what the policy declares of it, by name."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What one guard tells its policy.

    Attributes:
        policy: whose declarations are filled in; None where scopes and owners decide.
        clock: the time.
        telling: what else is known of a request.
    """

    policy: Policy | None
    clock: Clock
    telling: Telling | None = None

    def of(self, request: object) -> Context | None:
        """Return the circumstances of a request; None for a policy that declares none.

        Raises:
            InvalidSubject: the function told what the policy does not declare, or of another kind.
        """
        if self.policy is None or not self.policy.words.context:
            return None
        told: dict[str, object] = {}
        if self.policy.words.context.get("now") == NOW:
            told["now"] = self.clock.now()
        if self.telling is not None:
            told |= self.telling(request)
        return self.policy.context(**told)
