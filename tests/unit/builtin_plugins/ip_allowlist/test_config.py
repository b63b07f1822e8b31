"""What an operator can set of the plugin `ip-allowlist`."""

import pytest
from pydantic import ValidationError
from routeiq_plugin_sdk import ClientAddress

from routeiq_builtin_plugins.ip_allowlist.config import Config


def admits(host, **fields):
    return Config(**fields).gate.admits(None if host is None else ClientAddress(host))


def test_without_an_allow_list_everybody_gets_in_who_is_not_denied():
    assert admits("192.0.2.1")
    assert not admits("192.0.2.1", deny=["192.0.2.0/24"])
    assert admits("192.0.3.1", deny=["192.0.2.0/24"])
    assert not admits("192.0.3.1", allow=["192.0.2.0/24"])


@pytest.mark.parametrize(
    ("fields", "gets_in"),
    [
        ({}, True), ({"allow": ["::1"]}, False), ({"deny": ["::1"]}, True), ({"without_address": "deny"}, False),
        ({"allow": ["::1"], "without_address": "allow"}, True),
    ],
)  # fmt: skip
def test_clients_without_an_address(fields, gets_in):
    assert admits(None, **fields) is gets_in


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"allow": ["10.0.0.1/8"]}, "allow: '10.0.0.1/8' is an address in a network"),
        ({"deny": ["x"]}, "deny: 'x' is no address"),
        ({"allow": ["10.0.0.0/8"], "deny": ["::ffff:10.0.0.0/104"]}, "both allowed and denied"),
        ({"without_address": "maybe"}, "without_address"),
        ({"allowed": []}, "allowed"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, problem):
    with pytest.raises(ValidationError, match=problem):
        Config.model_validate(fields)
