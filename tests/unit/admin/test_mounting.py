"""The admin API in a gateway: as `routeiq serve` has it, and in code."""

import pytest
from tests.fakes.admin import ACCESS

from routeiq import PluginManager, create_standalone_app
from routeiq.admin import application, with_admin
from routeiq.core.errors import ConfigurationError
from routeiq.core.settings import ManagerSettings
from routeiq.gateway.access import AdminAccess, AdminSettings
from routeiq.gateway.group import SoloGroup
from routeiq.gateway.settings import GatewaySettings

MEMORY = GatewaySettings(storage="memory")
OFF = GatewaySettings(storage="memory", admin=AdminSettings(enabled=False))


def gateway(settings=MEMORY):
    return create_standalone_app(settings, PluginManager(ManagerSettings()))


def test_what_routeiq_serves_has_the_admin_api():
    app = application(MEMORY, group=SoloGroup(), access=ACCESS)
    assert "/admin" in app.mounts
    assert len(app.on_ending) == 1


def test_the_settings_may_leave_it_out():
    assert "/admin" not in application(OFF, group=SoloGroup(), access=AdminAccess.of(OFF.admin, {})).mounts
    assert "/admin" not in with_admin(gateway(OFF)).mounts


def test_a_gateway_in_code_takes_the_token_of_the_environment(monkeypatch):
    monkeypatch.setenv("ROUTEIQ_ADMIN_TOKEN", "a-token-that-is-long")
    app = gateway()
    assert with_admin(app) is app
    assert "/admin" in app.mounts


def test_a_gateway_in_code_needs_a_token(monkeypatch):
    monkeypatch.delenv("ROUTEIQ_ADMIN_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="ROUTEIQ_ADMIN_TOKEN"):
        with_admin(gateway())
