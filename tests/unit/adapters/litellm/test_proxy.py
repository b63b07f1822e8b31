"""LiteLLM's Proxy as an application; tests/integration/test_litellm_proxy.py runs it."""

import os

import pytest

pytest.importorskip("apscheduler", reason="needs litellm[proxy]")

from routeiq.adapters.litellm.proxy import proxy_application

pytestmark = pytest.mark.litellm_proxy


def test_it_is_told_where_its_configuration_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CONFIG_FILE_PATH", "before")
    app = proxy_application(tmp_path / "litellm.yaml")
    assert os.environ["CONFIG_FILE_PATH"] == str(tmp_path / "litellm.yaml")
    assert callable(app)
    assert proxy_application(None) is app
