"""What every state machine over a store begins and ends with."""

import asyncio
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from watchword.stores import Store, migrate, open_store
from watchword.testing.store_conformance import World
from watchword.testing.store_conformance.world import NOW


@cache
def migrated() -> bytes:
    """Return an empty store file, made once."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "store.db"
        asyncio.run(migrate(f"sqlite:///{path}"))
        return path.read_bytes()


class StoreMachine(RuleBasedStateMachine):
    """A machine with a store file, a loop and a clock of its own."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = Path(tempfile.mkdtemp(prefix="watchword-machine-"))
        self.store: Store | None = None
        self.now = NOW

    def run(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    def furnish(self) -> None:
        """Open the store, with the clients and resources that the checks speak of."""
        path = self.home / "store.db"
        path.write_bytes(migrated())
        self.store = self.run(open_store(f"sqlite:///{path}"))
        self.world = World(self.store)
        self.run(self.world.furnish())

    def teardown(self) -> None:
        if self.store is not None:
            self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.home)
