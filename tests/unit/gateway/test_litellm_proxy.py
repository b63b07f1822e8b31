"""LiteLLM's Proxy under plugins: what is said where it cannot be; tests/integration/test_litellm_proxy.py runs it."""

import sys

import pytest

from routeiq.core.errors import ConfigurationError
from routeiq.gateway import litellm_proxy
from routeiq.gateway.litellm_proxy import create_app


def test_without_litellms_proxy_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "litellm", None)
    monkeypatch.delitem(sys.modules, "routeiq.adapters.litellm", raising=False)
    monkeypatch.delitem(sys.modules, "routeiq.adapters.litellm.proxy", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install 'litellm\[proxy\]'"):
        create_app()


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        create_app(tmp_path / "litellm.yaml")


def test_its_public_name():
    import routeiq

    assert routeiq.create_app is litellm_proxy.create_app
