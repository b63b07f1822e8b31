"""What operators want, as a value."""

from routeiq.core.config_files import ConfigFiles
from routeiq.core.desired import Desired
from routeiq.core.settings import PluginOverride


def test_changing_one_part_leaves_the_value_before_as_it_was(tmp_path):
    before = Desired({}, {"a": {"x": 1}}, ConfigFiles(tmp_path))
    after = before.with_overlay("b", {"y": 2})
    assert before.overlays == {"a": {"x": 1}}
    assert after.overlays == {"a": {"x": 1}, "b": {"y": 2}}
    (tmp_path / "a.yaml").write_text("x: 3\n")
    assert after.with_files(["a"]).files.contents["a"].text == "x: 3\n"


def test_what_is_wanted_of_one_plugin_can_be_taken_over_alone(tmp_path):
    before = Desired({"a": PluginOverride(priority=1)}, {}, ConfigFiles(tmp_path))
    after = Desired(
        {"b": PluginOverride(priority=2)}, {"a": {"x": 1}, "b": {"y": 1}}, ConfigFiles(tmp_path).read(["a", "b"])
    )
    only_a = before.only("a", after)
    assert only_a.overrides == {}
    assert only_a.overlays == {"a": {"x": 1}}
    only_b = before.only("b", after)
    assert only_b.overrides == {"a": PluginOverride(priority=1), "b": PluginOverride(priority=2)}
    assert only_b.overlays == {"b": {"y": 1}}
