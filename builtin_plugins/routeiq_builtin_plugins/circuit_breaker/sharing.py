"""What workers tell each other of open circuits, by the plugin's storage: a key that expires for each one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routeiq_plugin_sdk import Storage


def key(deployment: str) -> str:
    """Return where the circuit of a deployment is told of."""
    return f"open:{deployment}"


async def tell(storage: Storage, opened: Mapping[str, float], closed: Iterable[str], node: str) -> None:
    """Tell of circuits that have opened here, with the seconds that they stay so, and of those that have closed."""
    for deployment, seconds in opened.items():
        if seconds > 0:
            await storage.set(key(deployment), node, expires_in=seconds)
    for deployment in closed:
        await storage.delete(key(deployment))


async def open_elsewhere(storage: Storage, deployments: Iterable[str], node: str) -> list[str]:
    """Return those of some deployments whose circuits other workers have opened."""
    found = []
    for deployment in deployments:
        teller = await storage.get(key(deployment))
        if teller is not None and teller != node:
            found.append(deployment)
    return found
