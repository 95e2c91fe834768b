"""Routes and what they declare, as `watchword access routes` lists them.

Source: access.md G4; security.md rule 80.
"""

from watchword.base.records import dataclass

__all__ = ["RouteAccess"]


@dataclass(frozen=True, slots=True)
class RouteAccess:
    """One route of an application.

    Attributes:
        methods: as the framework lists them, or the kind of a route without methods.
        path: as it is declared.
        access: what it declares, in words; empty where it declares nothing.
    """

    methods: str
    path: str
    access: str

    def __str__(self) -> str:
        return f"{self.methods} {self.path}"
