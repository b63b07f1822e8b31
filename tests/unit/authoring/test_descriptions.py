"""What a plugin is, in values of JSON."""

import json
import types

import pytest
from routeiq_plugin_sdk import GatewayPlugin, PluginCapability, PluginMetadata, hookimpl

from routeiq.authoring.descriptions import describe, describe_all, describe_target, load_plugin
from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.targets import find_target


def module(name="one", capabilities=(PluginCapability.MIDDLEWARE,), **more):
    plugin = types.ModuleType("one")
    plugin.metadata = PluginMetadata(name=name, capabilities=capabilities, after={"b", "a"}, **more)
    return plugin


def test_a_plugin_is_told_whole_and_in_json():
    plugin = module()

    @hookimpl(timeout=2)
    async def request(request):
        """Let it pass.

        And more.
        """

    plugin.request = request
    described = describe(plugin, {"version": "1.5", "license": "MIT"})
    assert json.loads(json.dumps(described)) == described
    assert (described["name"], described["version"], described["metadata"]["license"]) == ("one", "1.5", "MIT")
    assert described["metadata"]["after"] == ["a", "b"]
    [hook] = described["hooks"]
    assert hook["file"] == __file__
    assert {key: hook[key] for key in ("name", "kind", "direction", "async", "timeout", "about")} == {
        "name": "request",
        "kind": "first",
        "direction": "inbound",
        "async": True,
        "timeout": 2,
        "about": "Let it pass.",
    }
    assert described["config_schema"] == {"type": "object", "properties": {}, "additionalProperties": False}
    assert (described["config_tables"], described["routes"]) == ([], None)


def test_what_cannot_be_registered_is_refused():
    plugin = module(capabilities=())

    @hookimpl
    def request(request):
        return None

    plugin.request = request
    with pytest.raises(ToolkitError, match=r"one: implements request without .* PluginCapability.MIDDLEWARE"):
        describe(plugin, {})


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("not_there_at_all", "importing not_there_at_all failed: ModuleNotFoundError"),
        ("json:not_there", "importing json:not_there failed: AttributeError"),
    ],
)
def test_what_cannot_be_imported_is_refused(reference, told):
    with pytest.raises(ToolkitError, match=told):
        load_plugin(reference)


def test_a_module_that_ends_its_process_only_fails(tmp_path, monkeypatch):
    (tmp_path / "ends_it_all.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ToolkitError, match="SystemExit: 3"):
        load_plugin("ends_it_all")


def test_references_are_imported_by_their_entry_points():
    [one] = describe_all({"headers": "routeiq_builtin_plugins.headers"}, {})
    assert (one["name"], one["entry_point"], one["reference"]) == (
        "headers",
        "headers",
        "routeiq_builtin_plugins.headers",
    )


def test_a_project_is_described_without_being_installed_or_imported_here(projects):
    [one] = describe_target(find_target(str(projects / "made-routes")))
    assert (one["name"], one["version"]) == ("made-routes", "0.1.0")
    assert list(one["routes"]["paths"]) == ["/made-routes/{visitor}"]
    with pytest.raises(ModuleNotFoundError):
        __import__("routeiq_plugin_made_routes")


def test_an_entry_point_of_another_name_is_refused(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[project.entry-points."routeiq.plugins"]\nother = "misnamed"\n'
    )
    (tmp_path / "misnamed.py").write_text(
        "from routeiq_plugin_sdk import PluginMetadata\nmetadata = PluginMetadata(name='one')\n"
    )
    with pytest.raises(ToolkitError, match="entry point is named 'other' and metadata.name is 'one'"):
        describe_target(find_target(str(tmp_path)))
    [one] = describe_target(find_target(str(tmp_path / "misnamed.py")))
    assert one["name"] == "one"


def test_a_class_is_told_with_the_schema_that_it_makes():
    class Plugin(GatewayPlugin):
        metadata = PluginMetadata(name="made")

    assert describe(Plugin, {})["name"] == "made"
