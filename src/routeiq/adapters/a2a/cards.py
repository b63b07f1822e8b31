"""Agent cards with the gateway's addresses in them, in the place of the agent's own.

A card of 1.0 lists its interfaces; one of 0.3 has a URL, and further ones; a card may be both. Interfaces whose binding
the gateway does not speak (gRPC), or which do not lie below the agent's configured URL, are left out: clients could
only go around the gateway by them. A signature does not survive another address in the card, so signatures go too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

BINDINGS: Final = frozenset({"JSONRPC", "HTTP+JSON"})
"""The bindings that the gateway passes through."""

logger = logging.getLogger(__name__)


class CardRewriter:
    """Rewrites the cards of one agent, and tells once of each kind of thing that had to go."""

    def __init__(self, agent: str, url: str) -> None:
        """Make one.

        Args:
            agent: The agent's name in the settings.
            url: Its URL there.
        """
        self._agent = agent
        self._base = urlsplit(url).path.rstrip("/")
        self._told: set[str] = set()

    def rewritten(self, card: Mapping[str, Any], public_url: str) -> dict[str, Any]:
        """Return a card for clients.

        Args:
            public_url: Where clients find the agent: the gateway's own address, `/a2a/<agent>` included.
        """
        changed = dict(card)
        if changed.pop("signatures", None):
            self._tell("its signatures are left out: they do not cover the gateway's addresses")
        if isinstance(changed.get("supportedInterfaces"), list):
            kept = self._kept(changed["supportedInterfaces"], "protocolBinding", public_url)
            changed["supportedInterfaces"] = kept
        if "url" in changed or "additionalInterfaces" in changed:
            self._rewrite_legacy(changed, public_url)
        return changed

    def _rewrite_legacy(self, card: dict[str, Any], public_url: str) -> None:
        """Rewrite what cards of 0.3 have: a URL with its transport, and further ones."""
        further = card.get("additionalInterfaces")
        main = {"url": card.get("url"), "transport": card.get("preferredTransport", "JSONRPC")}
        others = self._kept(further if isinstance(further, list) else (), "transport", public_url)
        kept = [*self._kept([main], "transport", public_url), *others]
        if "additionalInterfaces" in card:
            card["additionalInterfaces"] = others
        card.pop("url", None)
        if kept:
            card["url"] = kept[0]["url"]
            if "preferredTransport" in card or kept[0]["transport"] != "JSONRPC":
                card["preferredTransport"] = kept[0]["transport"]

    def _kept(self, interfaces: Iterable[Any], binding: str, public_url: str) -> list[dict[str, Any]]:
        kept = []
        for interface in interfaces:
            if not isinstance(interface, Mapping) or not isinstance(interface.get("url"), str):
                continue
            name = interface.get(binding)
            if not isinstance(name, str) or name not in BINDINGS:
                self._tell(f"its interface for {name!r} is left out: the gateway speaks JSONRPC and HTTP+JSON")
                continue
            below = self._below(interface["url"])
            if below is None:
                self._tell(f"an interface for {name} is left out: its URL is not below the agent's `url`")
                continue
            kept.append({**interface, "url": public_url + below})
        return kept

    def _below(self, url: str) -> str | None:
        """Return what follows the agent's configured URL; hosts may differ, as an agent knows its public one."""
        try:
            path = urlsplit(url).path
        except ValueError:
            return None
        if path.rstrip("/") == self._base:
            return "/" if self._base and path.endswith("/") else ""
        return path.removeprefix(self._base) if path.startswith(f"{self._base}/") else None

    def _tell(self, what: str) -> None:
        if what not in self._told and len(self._told) < 100:
            self._told.add(what)
            logger.warning("the card of agent %r: %s", self._agent, what)
