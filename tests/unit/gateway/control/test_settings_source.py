"""The settings can be read anew."""

import pytest

from routeiq.core.errors import ConfigurationError
from routeiq.gateway.control import SettingsSource
from routeiq.gateway.settings import GatewaySettings


def test_the_file_is_read_as_it_is_now(tmp_path):
    file = tmp_path / "routeiq.yaml"
    file.write_text("plugins: {}\n")
    source = SettingsSource.of(GatewaySettings.load(file, {}).with_server(port=4567))
    assert source.at_first.server.port == 4000
    file.write_text("plugins: {p: {priority: 3}}\n")
    assert source.path == file
    assert source.load().plugins["p"].priority == 3
    file.write_text("plugins: {p: {prioritty: 3}}\n")
    with pytest.raises(ConfigurationError, match="priority"):
        source.load()


def test_without_a_file_there_is_nothing_to_watch():
    assert SettingsSource.of(GatewaySettings()).path is None
