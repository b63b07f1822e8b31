"""The gateway in one process; tests/e2e/test_cli.py runs it whole."""

import pytest

from routeiq.gateway.access import AdminAccess
from routeiq.gateway.listening import CannotServe, bind
from routeiq.gateway.server import APPLICATION, Job
from routeiq.gateway.serving import serve
from routeiq.gateway.settings import GatewaySettings

FAILING = """
from routeiq_plugin_sdk import PluginMetadata, hookimpl

metadata = PluginMetadata(name="failing", version="1", failure_mode="abort")

@hookimpl
def startup(app):
    raise ValueError("the database is away")
"""


def test_a_start_that_fails_is_an_error_with_its_reason(tmp_path, monkeypatch):
    (tmp_path / "serving_failing_plugin.py").write_text(FAILING)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ROUTEIQ_PLUGINS", "serving_failing_plugin")
    monkeypatch.setenv("ROUTEIQ_PLUGINS_ALLOWLIST", "serving_failing_plugin")
    settings = GatewaySettings(storage="memory")
    job = Job(settings, AdminAccess.of(settings.admin, {}), APPLICATION)
    [one] = bind("127.0.0.1", 0)
    with one, pytest.raises(CannotServe, match="plugin 'failing'.*the database is away"):
        serve(job, [one], speaks=False)
