"""Device codes: the protocol `oauth.device_codes.DeviceCodeStore`."""

from functools import partial

from watchword.oauth.device_codes import (
    ClaimDeviceCode,
    DecideDeviceCode,
    NewDeviceCode,
    RedeemDeviceCode,
    WaitingDevice,
)
from watchword.oauth.families import Facts, Refused
from watchword.stores.handles.handle import Handle
from watchword.stores.verbs.tokens import device_codes

__all__ = ["DeviceCodeVerbs"]


class DeviceCodeVerbs(Handle):
    """Carries out `DeviceCodeStore`."""

    __slots__ = ()

    async def add_device_code(self, code: NewDeviceCode) -> bool:
        """Store a code; False where another one has its user code."""
        return await self._driver.write(partial(device_codes.add_device_code, self._tenant, code))

    async def claim_device_code(self, command: ClaimDeviceCode) -> WaitingDevice | None:
        """Bind a code to the session that typed it, and say who waits."""
        return await self._driver.write(
            partial(device_codes.claim_device_code, self._tenant, command)
        )

    async def release_device_code(self, command: ClaimDeviceCode) -> None:
        """Let go of a code that this session typed; see `DeviceCodeStore`."""
        await self._driver.write(partial(device_codes.release_device_code, self._tenant, command))

    async def decide_device_code(self, command: DecideDeviceCode) -> WaitingDevice | None:
        """Write the decision of the session that typed the code, once."""
        return await self._driver.write(
            partial(device_codes.decide_device_code, self._tenant, command)
        )

    async def redeem_device_code(self, command: RedeemDeviceCode) -> Facts | Refused:
        """Spend an allowed code and open what it buys, or say what the device is to do."""
        return await self._driver.write(
            partial(device_codes.redeem_device_code, self._tenant, command)
        )
