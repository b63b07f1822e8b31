"""The gateway's stores: made from its settings, opened before its plugins start and closed after they have stopped."""

from __future__ import annotations

from typing import Any

from routeiq.core.errors import ConfigurationError, Problem, StorageUnavailable
from routeiq.core.manager import PluginManager
from routeiq.core.memory_state import MemoryState
from routeiq.core.operator import disabled_by
from routeiq.core.state import StateStore
from routeiq.storage import Stores, create_stores

from .group import Group
from .settings import GatewaySettings


def stores_of(settings: GatewaySettings, group: Group) -> Stores:
    """Return the stores that the settings name, not opened yet; memory where the default cannot be written.

    Workers have one operator's state between them, also where it shall end with them.

    Raises:
        ConfigurationError: if what serves them is not installed.
    """
    try:
        stores = create_stores(settings.storage, fall_back="storage" not in settings.model_fields_set)
    except ModuleNotFoundError as error:
        raise ConfigurationError([Problem(str(settings.source or "settings"), "storage", str(error))]) from None
    if group.directory is None or not isinstance(stores.state, MemoryState):
        return stores
    return stores._replace(state=create_stores(f"sqlite://{group.directory / 'state.db'}").state)


def discover(manager: PluginManager, state: StateStore) -> None:
    """Have a manager discover plugins, and import none that operators disabled at run time, as far as that is known."""
    known = state.glance()
    manager.discover(() if known is None else disabled_by(known.document, manager.settings.plugins))


async def within(state: StateStore, app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Run an application's lifespan with the store open around it.

    A store that cannot be used fails the start, with its reason.
    """
    startup = await receive()
    if startup["type"] != "lifespan.startup":
        return
    try:
        await state.open()
    except StorageUnavailable as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    pending = [startup]

    async def replay() -> Any:
        return pending.pop() if pending else await receive()

    async def close_first(message: Any) -> None:
        if message["type"] != "lifespan.startup.complete":
            # After this the server may end the loop.
            await state.close()
        await send(message)

    try:
        await app(scope, replay, close_first)
    finally:
        await state.close()
