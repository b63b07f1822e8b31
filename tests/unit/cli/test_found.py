"""What several commands begin with."""

import logging

from routeiq.cli.found import find_plugins, load_settings
from routeiq.gateway.settings import GatewaySettings


def test_finding_plugins_starts_none_and_leaves_logging_as_it_was(plugins):
    plugins(one="")
    level = logging.getLogger("routeiq").level
    manager = find_plugins(GatewaySettings())
    assert manager.records["one"].state == "active"
    assert not manager.running
    assert logging.getLogger("routeiq").level == level


def test_warnings_of_the_settings_are_told_unless_they_are_not_to_be(tmp_path, capsys):
    path = tmp_path / "s.yaml"
    path.write_text("guardrails: []")
    load_settings(path, told=False)
    assert capsys.readouterr().err == ""
    load_settings(path)
    assert capsys.readouterr().err == "routeiq: warning: guardrails is not honoured\n"
