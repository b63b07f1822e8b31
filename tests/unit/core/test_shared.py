"""State that plugins share."""

from typing import Any

import pytest
from routeiq_plugin_sdk import Shared

from routeiq.core.shared import PluginShared, SharedState


@pytest.fixture
def state():
    return SharedState()


def test_a_plugin_reads_and_writes_its_own_namespace(state):
    own = PluginShared("a", state)
    assert isinstance(own, Shared)
    own["x"] = [1]
    own.update(y=2)
    assert own["x"] == [1]
    assert own.get("z", 0) == 0
    assert sorted(own) == ["x", "y"]
    assert len(own) == 2
    del own["x"]
    assert "x" not in own
    assert repr(own) == "<PluginShared a ['y']>"


def test_other_namespaces_are_seen_live_and_cannot_be_written(state):
    own, other = PluginShared("a", state), PluginShared("b", state)
    view: Any = own.of("b")
    assert dict(view) == {}
    other["x"] = 1
    assert view["x"] == 1
    assert "x" not in own
    with pytest.raises(TypeError):
        view["x"] = 2


def test_a_namespace_outlives_its_views(state):
    PluginShared("a", state)["x"] = 1
    assert PluginShared("a", state)["x"] == 1


def test_two_managers_share_nothing(state):
    PluginShared("a", state)["x"] = 1
    assert "x" not in PluginShared("a", SharedState())
