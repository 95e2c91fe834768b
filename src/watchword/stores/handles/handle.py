"""A driver bound to one tenant: what every handle is made of."""

from watchword.stores.driver import Driver

__all__ = ["Handle"]


class Handle:
    """Runs verbs for one tenant."""

    __slots__ = ("_driver", "_tenant")

    def __init__(self, driver: Driver, tenant: str) -> None:
        self._driver = driver
        self._tenant = tenant
