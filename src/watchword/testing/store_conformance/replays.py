"""What may be presented once.

Source: oauth.md S-6.
"""

from watchword.testing.store_conformance.expectation import expect
from watchword.testing.store_conformance.world import NOW, World

__all__ = ["CHECKS"]


async def identifier_is_spent_once(world: World) -> None:
    """By kind and issuer; when it has expired nothing can be presented with it any more."""
    store = world.store

    async def spend(kind: str, issuer: str, jti: str, now: int = NOW) -> bool:
        return await store.spend(kind, issuer, jti, expires_at=now + 60, now=now)

    expect(await spend("assertion", "web", "j"), True, "the first")
    expect(await spend("assertion", "web", "j"), False, "the second")
    expect(await spend("assertion", "app", "j"), True, "of another client")
    expect(await spend("proof", "web", "j"), True, "of another kind")
    expect(await spend("assertion", "web", "J"), True, "letter case counts")
    expect(await spend("assertion", "web", "other", NOW + 60), True, "and those that expired go")
    expect(await spend("assertion", "web", "j", NOW + 60), True, "so that they are new again")


CHECKS = (identifier_is_spent_once,)
