"""Slows down whoever guesses tokens: each address may be wrong a number of times, and then once a second."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

BURST: Final = 20
"""Wrong tokens of one address before it has to wait."""
PER_SECOND: Final = 1.0
ADDRESSES: Final = 10_000
"""Addresses that are remembered: those that were wrong last."""


class Throttle:
    """Counts wrong tokens by address, in bounded memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Make one that has seen nothing.

        Args:
            clock: Seconds that never go back.
        """
        self._clock = clock
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, host: str) -> int:
        """Return for how many seconds an address has to wait before a token of its is looked at; 0: not at all."""
        over = self._owed(_network(host)) - (BURST - 1)
        return math.ceil(over / PER_SECOND) if over > 0 else 0

    def failed(self, host: str) -> None:
        """Note that an address showed a wrong token."""
        network = _network(host)
        owed = self._owed(network)
        self._spent[network] = (owed + 1, self._clock())
        self._spent.move_to_end(network)
        while len(self._spent) > ADDRESSES:
            self._spent.popitem(last=False)

    def _owed(self, network: str) -> float:
        """Return how many wrong tokens of an address are not forgotten yet."""
        count, since = self._spent.get(network, (0.0, 0.0))
        return max(0.0, count - (self._clock() - since) * PER_SECOND)


def _network(host: str) -> str:
    """Return what shares one count: of IPv6 the network that one client has to itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address.packed[:8] + bytes(8), 64)))
    return host
