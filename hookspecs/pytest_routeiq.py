"""The pytest plugin of RouteIQ's toolkit: the fixture `plugin_harness`.

pytest loads this module at every start in an environment that has the SDK; so it imports nothing until a test asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from routeiq_plugin_sdk.testing import PluginTestHarness


@pytest.fixture
def plugin_harness(tmp_path: Path) -> Iterator[Callable[..., PluginTestHarness]]:
    """Make harnesses: `plugin_harness(plugin, config={...})`, entered by `with` or `async with`.

    It takes what `PluginTestHarness` takes. Configuration files are looked for in `tmp_path`. A test that leaves a
    harness running fails.
    """
    from routeiq_plugin_sdk.testing import PluginTestHarness

    made: list[PluginTestHarness] = []

    def make(plugin: Any, *more: Any, **options: Any) -> PluginTestHarness:
        harness = PluginTestHarness(plugin, *more, **{"directory": tmp_path, **options})
        made.append(harness)
        return harness

    yield make
    running = [harness for harness in made if harness.running]
    if running:
        pytest.fail(
            "the test left a PluginTestHarness running: enter it by `with` or `async with`, or await shutdown()"
        )
