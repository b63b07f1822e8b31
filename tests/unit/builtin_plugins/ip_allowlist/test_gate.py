"""Who gets in."""

from routeiq_plugin_sdk import ClientAddress

from routeiq_builtin_plugins.ip_allowlist.gate import MOST_KEPT, Gate
from routeiq_builtin_plugins.ip_allowlist.networks import Networks, network

NETWORKS = Networks({network("10.0.0.0/8"): True, network("10.1.0.0/16"): False})


def test_what_is_in_no_network_is_as_said():
    for unlisted in (True, False):
        gate = Gate(NETWORKS, unlisted=unlisted, hidden=not unlisted)
        assert gate.admits(ClientAddress("10.0.0.1"))
        assert not gate.admits(ClientAddress("10.1.0.1"))
        assert gate.admits(ClientAddress("192.0.2.1")) is unlisted
        for client in (None, ClientAddress("unknown"), ClientAddress("")):
            assert gate.admits(client) is not unlisted


def test_what_is_kept_has_an_end():
    gate = Gate(NETWORKS, unlisted=False, hidden=False)
    for number in range(MOST_KEPT * 2 + 10):
        assert gate.admits(ClientAddress(f"10.{number >> 8 & 254}.0.{number & 255}")) is (number >> 8 & 254 != 1)
    assert len(gate._kept) <= MOST_KEPT
