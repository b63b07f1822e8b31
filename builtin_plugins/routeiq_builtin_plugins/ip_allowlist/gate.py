"""Who gets in, by address; what was found is kept for the addresses that come again."""

from __future__ import annotations

from typing import Final

from routeiq_plugin_sdk import ClientAddress

from .networks import Networks

MOST_KEPT: Final = 4096


class Gate:
    """Networks, and what becomes of who is in none of them."""

    __slots__ = ("_hidden", "_kept", "_networks", "_unlisted")

    def __init__(self, networks: Networks, *, unlisted: bool, hidden: bool) -> None:
        """Make one.

        Args:
            unlisted: Whether an address that is in no network gets in.
            hidden: Whether a client without an address does.
        """
        self._networks = networks
        self._unlisted = unlisted
        self._hidden = hidden
        self._kept: dict[str, bool] = {}

    def admits(self, client: ClientAddress | None) -> bool:
        """Return whether a client gets in."""
        if client is None:
            return self._hidden
        found = self._kept.get(client.host)
        if found is None:
            found = self._judged(client.host)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()  # whoever comes from everywhere must not fill the memory
            self._kept[client.host] = found
        return found

    def _judged(self, host: str) -> bool:
        try:
            verdict = self._networks.verdict(host)
        except ValueError:  # what a proxy says instead of an address: `unknown`, or a name of its own (RFC 7239)
            return self._hidden
        return self._unlisted if verdict is None else verdict
