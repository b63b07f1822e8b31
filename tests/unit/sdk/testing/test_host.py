from __future__ import annotations

from importlib import metadata

import pytest
from routeiq_plugin_sdk.testing import HostNotInstalled, PluginTestHarness
from routeiq_plugin_sdk.testing.host import load_host

import routeiq.testing


def test_the_host_is_found_by_its_entry_point() -> None:
    assert load_host() is routeiq.testing.GatewayHost  # type: ignore[comparison-overlap]


async def test_without_a_host_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "entry_points", lambda group: [])
    with pytest.raises(HostNotInstalled, match="pip install routeiq"):
        await PluginTestHarness(object()).startup()
