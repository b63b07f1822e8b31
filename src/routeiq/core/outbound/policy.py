"""The decision: may a request go to this URL, at this address?

What is denied comes first, then what no setting opens, then what the operator allows, then what is public. A decision
is about one URL and one address together, so that whoever connects has to have resolved the name before.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import Final

from routeiq_plugin_sdk import OutboundRefused

from .addresses import METADATA, METADATA_NAMES, UNUSABLE, IPAddress, disguise, find, special, translated
from .rules import Rule
from .settings import OutboundSettings
from .urls import OutboundURL

# The Fetch Standard's bad ports, of protocols that could take an HTTP request for commands of their own.
_BAD_PORTS: Final = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
_HOW = "the operator can allow it in the settings: outbound.allow"


class OutboundPolicy:
    """Where the requests of one manager's plugins may go. It never changes."""

    def __init__(self, settings: OutboundSettings | None = None) -> None:
        self.settings = OutboundSettings() if settings is None else settings
        self._allow = tuple(map(Rule.parse, self.settings.allow))
        self._deny = tuple(map(Rule.parse, self.settings.deny))

    def parse(self, url: str) -> OutboundURL:
        """Return a URL, parsed, whose name may be looked up.

        Raises:
            OutboundRefused: It is malformed, or its host may not be reached whatever its addresses are.
        """
        parsed = OutboundURL.parse(url)
        if parsed.address is not None:
            self.check(parsed, (parsed.address,))
            return parsed
        self._refuse_denied(parsed, None)
        if parsed.host in METADATA_NAMES and not self._allows_metadata(parsed, None):
            raise OutboundRefused(parsed.authority, f"this is a cloud's metadata service; {_HOW}")
        return parsed

    def check(self, url: OutboundURL, addresses: Iterable[IPAddress]) -> None:
        """Check all addresses that a URL's host has.

        Raises:
            OutboundRefused: One of them may not be connected to. A name that has a good and a bad one is not trusted.
        """
        for address in addresses:
            self._check(url, address)
            behind = translated(address)
            if behind is not None:
                self._check(url, behind)

    def _check(self, url: OutboundURL, address: IPAddress) -> None:
        self._refuse_denied(url, address)
        if isinstance(address, IPv6Address) and address.scope_id is not None:  # equal to no address in any table
            raise self._refused(url, address, "an address with a zone, which no request can mean")
        unusable, disguised = find(UNUSABLE, address), disguise(address)
        if unusable is not None:
            raise self._refused(url, address, f"{_article(unusable)} address")
        if disguised is not None:
            raise self._refused(url, address, f"{disguised} address, which stands for an IPv4 address: use that one")
        if address in METADATA and not self._allows_metadata(url, address):
            raise self._refused(url, address, "a cloud's metadata service", f"; {_HOW}, by this very address")
        if self._allowed_by_name(url) or any(rule.holds(address, url.port) for rule in self._allow):
            return
        if not self.settings.public:
            raise self._refused(url, address, "not among what may be reached", f"; {_HOW}")
        why = special(address)
        if why is not None:
            raise self._refused(url, address, f"{_article(why)} address", f"; {_HOW}")
        if url.port in _BAD_PORTS:
            raise OutboundRefused(url.authority, f"port {url.port} belongs to another protocol than HTTP; {_HOW}")

    def _refuse_denied(self, url: OutboundURL, address: IPAddress | None) -> None:
        for rule in self._deny:
            if rule.means(url) or (address is not None and rule.holds(address, url.port)):
                raise OutboundRefused(url.authority, f"the operator denies it (outbound.deny: {rule.text})")

    def _allowed_by_name(self, url: OutboundURL) -> bool:
        return any(rule.means(url) for rule in self._allow)

    def _allows_metadata(self, url: OutboundURL, address: IPAddress | None) -> bool:
        """Return whether that was meant: no wide network, and no name whose answer somebody else may choose."""
        for rule in self._allow:
            if rule.means(url) and rule.name in METADATA_NAMES:
                return True
            if address is not None and rule.is_exactly(address) and rule.holds(address, url.port):
                return True
        return False

    def _refused(self, url: OutboundURL, address: IPAddress, what: str, how: str = "") -> OutboundRefused:
        subject = "this is" if url.address == address else f"its address {address} is"
        return OutboundRefused(url.authority, f"{subject} {what}{how}")


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
