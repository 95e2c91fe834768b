"""Signing keys of the management API: their plan, the next one announced, a stolen one replaced.

Source: oauth.md K-4 and K-5; security.md rules 78 and 100.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from watchword.keys.record import SigningKeyRecord
from watchword.keys.rotation import RotationPolicy, foreseen, next_change
from watchword.server.administration.desk import Desk
from watchword.server.errors import NotHere, NotPossible
from watchword.server.management.bodies import ReasonIn
from watchword.server.management.caller import at

__all__ = ["router"]

router = APIRouter(prefix="/keys", tags=["keys"])


class KeyOut(BaseModel):
    """A signing key. Its private part leaves the server nowhere."""

    kid: str
    alg: str
    state: str = Field(description="pending, active or retired.")
    created_at: int
    next_change_at: int | None = Field(description="When the plan has it sign, retire or go.")

    @classmethod
    def of(cls, record: SigningKeyRecord, policy: RotationPolicy) -> "KeyOut":
        """Return what is told of a key."""
        return cls(
            kid=record.kid,
            alg=record.alg,
            state=record.state.value,
            created_at=record.created_at,
            next_change_at=next_change(record, policy),
        )


class KeysOut(BaseModel):
    """The signing keys, the oldest first."""

    keys: list[KeyOut]


class ReplacedOut(BaseModel):
    """What became of a stolen key."""

    kid: str = Field(description="Of the key that signs in its place.")
    refused_everywhere_at: int = Field(
        description="The last moment at which a guard that follows no feed takes a token of it."
    )


@router.get("")
async def list_keys(desk: Annotated[Desk, Depends(at("read", "key"))]) -> KeysOut:
    """List the signing keys and what their plan is."""
    return await _all(desk)


@router.post("/rotate", status_code=201)
async def rotate_keys(
    body: ReasonIn, desk: Annotated[Desk, Depends(at("create", "key"))]
) -> KeysOut:
    """Announce the next key. It signs when every cache can have it; nothing breaks."""
    if await desk.keys.announce(by=desk.by(body.reason)) is None:
        raise NotPossible("key_announced", "a key is announced already")
    return await _all(desk)


@router.post("/{kid}/replace")
async def replace_key(
    kid: str, body: ReasonIn, desk: Annotated[Desk, Depends(at("delete", "key"))]
) -> ReplacedOut:
    """Delete a stolen key at once, put a fresh one in its place and end what it signed."""
    done = await desk.keys.replace(kid, by=desk.by(body.reason))
    if done is None:
        raise NotHere
    return ReplacedOut(kid=done.fresh.kid, refused_everywhere_at=done.until)


async def _all(desk: Desk) -> KeysOut:
    policy = desk.runtime.settings.rotation
    records = foreseen(await desk.store.list_signing_keys())
    return KeysOut(keys=[KeyOut.of(one, policy) for one in records])
