"""The hosts whose traces are compared, each in a module with `host(upstream)`, an asynchronous context manager.

A module is imported only when its host is tested: LiteLLM may not be installed, or its Proxy not be.
"""

from __future__ import annotations

from typing import Final

import pytest

HOSTS: Final = (pytest.param("tests.golden.gateway_host", id="gateway"),)
