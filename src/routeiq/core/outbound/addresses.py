"""Which addresses are special: all but the globally reachable unicast ones, by IANA's special-purpose registries.

The standard library's `is_global` is not asked: what it answers has changed between releases of Python, and it calls
addresses global that lead to a cloud's own services or, through a tunnel or a translator, to an IPv4 address.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Ranges = tuple[tuple[IPNetwork, str], ...]


def _ranges(**reasons: str) -> Ranges:
    named = ((reason.replace("_", " "), networks) for reason, networks in reasons.items())
    return tuple((ip_network(network), reason) for reason, networks in named for network in networks.split())


UNUSABLE: Final[Ranges] = _ranges(
    unspecified="0.0.0.0/8 ::/128",
    multicast="224.0.0.0/4 ff00::/8",
    broadcast="255.255.255.255/32",
)
"""What no request can be meant for, whatever an operator allows; Linux takes 0.0.0.0 for the machine itself."""

DISGUISED: Final[Ranges] = (
    (ip_network("::ffff:0:0/96"), "an IPv4-mapped"),
    (ip_network("::ffff:0:0:0/96"), "an IPv4-translated"),
    (ip_network("::/96"), "an IPv4-compatible"),
    (ip_network("2001::/32"), "a Teredo"),
    (ip_network("2002::/16"), "a 6to4"),
)
"""IPv6 addresses that stand for an IPv4 address: refused as such, so that no check of that one is evaded."""

LOOPBACK: Final = IPv6Address("::1")
"""Lies among the IPv4-compatible addresses, and is none."""

_ISATAP: Final = 0x0000_5EFE  # RFC 5214 section 6.1: the upper half of the interface identifier, global or not
_ISATAP_LOCAL: Final = 0x0200_5EFE

NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052's well-known prefix: how a network without IPv4 reaches public IPv4 addresses, named in the last 32 bits."""

SPECIAL: Final[Ranges] = _ranges(
    loopback="127.0.0.0/8 ::1/128",
    private="10.0.0.0/8 172.16.0.0/12 192.168.0.0/16",
    unique_local="fc00::/7",
    site_local="fec0::/10",
    link_local="169.254.0.0/16 fe80::/10",
    shared="100.64.0.0/10",  # RFC 6598, behind a carrier's NAT
    documentation="192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
    benchmarking="198.18.0.0/15 2001:2::/48",
    protocol_assignment="192.0.0.0/24 2001::/23",
    local_use_NAT64="64:ff9b:1::/48",
    discard_only="100::/64",
    relay_anycast="192.88.99.0/24",  # of 6to4, given up
    reserved="240.0.0.0/4",
)
"""Addresses that are not globally reachable, or not of one host."""

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")

METADATA: Final = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, Oracle, OpenStack and most others
        "169.254.170.2",  # AWS ECS
        "169.254.170.23",  # AWS EKS
        "169.254.0.23",  # Tencent
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's platform: a public address that no packet to leaves the machine
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",  # AWS EKS
        "fd20:ce::254",  # Google
        "fe80::a9fe:a9fe",  # OpenStack
    )
)
"""Where clouds hand out credentials to whoever asks from within a machine."""

METADATA_NAMES: Final = frozenset(
    {
        "instance-data", "instance-data.ec2.internal", "metadata", "metadata.azure.internal", "metadata.goog",
        "metadata.google.internal", "metadata.packet.net", "metadata.platformequinix.com", "metadata.tencentyun.com",
        "rancher-metadata",
    }
)  # fmt: skip


def find(ranges: Ranges, address: IPAddress) -> str | None:
    """Return the reason of the first range that holds an address, or None."""
    return next((reason for network, reason in ranges if address in network), None)


def disguise(address: IPAddress) -> str | None:
    """Return what kind of address this is, if it is an IPv6 address that stands for an IPv4 address; else None."""
    if isinstance(address, IPv4Address) or address == LOOPBACK:
        return None
    found = find(DISGUISED, address)
    if found is None and int(address) >> 32 & 0xFFFF_FFFF in (_ISATAP, _ISATAP_LOCAL):
        return "an ISATAP"
    return found


def translated(address: IPAddress) -> IPv4Address | None:
    """Return the IPv4 address that a translator makes of an address with the well-known prefix; None for others."""
    if isinstance(address, IPv6Address) and address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def special(address: IPAddress) -> str | None:
    """Return why an address is not a globally reachable one of a single host, or None if it is."""
    found = find(UNUSABLE, address) or find(SPECIAL, address)
    if found is not None or isinstance(address, IPv4Address):
        return found
    return None if address in _GLOBAL_UNICAST or address in NAT64 else "reserved"
