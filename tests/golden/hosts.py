"""The hosts whose traces are compared, each in a module with `host(upstream)`, an asynchronous context manager.

A module is imported only when its host is tested: LiteLLM may not be installed, or its Proxy not be.
"""

from __future__ import annotations

import importlib.util
from typing import Final

import pytest

_LITELLM: Final = (
    pytest.mark.litellm,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(importlib.util.find_spec("litellm") is None, reason="needs routeiq[litellm]"),
)
_PROXY: Final = (
    pytest.mark.litellm_proxy,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(importlib.util.find_spec("apscheduler") is None, reason="needs litellm[proxy]"),
)
HOSTS: Final = (
    pytest.param("tests.golden.gateway_host", id="gateway"),
    pytest.param("tests.golden.sdk_host", id="sdk", marks=_LITELLM),
    pytest.param("tests.golden.sync_sdk_host", id="sdk-sync", marks=_LITELLM),
    pytest.param("tests.golden.router_host", id="router", marks=_LITELLM),
    pytest.param("tests.golden.proxy_host", id="proxy", marks=_PROXY),
)
