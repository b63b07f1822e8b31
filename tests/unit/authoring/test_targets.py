"""What an author points at."""

import zipfile

import pytest

from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.targets import find_target, target_of_wheel

PROJECT = """
[project]
name = "two-plugins"
version = "1.0"
license = {text = "MIT"}
authors = [{name = "Alice"}]
urls = {Homepage = "https://example.org"}
[project.entry-points."routeiq.plugins"]
one = "two.one"
other = "two.other:Other"
"""
WHEEL = {
    "two-1.0.dist-info/METADATA": "Metadata-Version: 2.4\nName: two-plugins\nVersion: 1.0\nSummary: Two.\n\nText\n",
    "two-1.0.dist-info/entry_points.txt": "[console_scripts]\nx = y:z\n\n[routeiq.plugins]\nOne = two.one\n",
}


def wheel(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_project_is_read_from_its_sources(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "src").mkdir()
    target = find_target(str(tmp_path))
    assert target.plugins == {"one": "two.one", "other": "two.other:Other"}
    assert target.paths == (tmp_path / "src", tmp_path)
    assert (target.distribution, target.version, target.folder) == ("two-plugins", "1.0", tmp_path)
    facts = {name: target.facts[name] for name in ("homepage", "license", "author")}
    assert facts == {"homepage": "https://example.org", "license": "MIT", "author": "Alice"}


def test_a_wheel_is_read_without_being_installed(tmp_path):
    path = wheel(tmp_path / "two-1.0-py3-none-any.whl", WHEEL)
    target = find_target(str(path))
    assert (target.plugins, target.paths) == ({"One": "two.one"}, (path,))
    assert (target.distribution, target.version, target.facts["description"]) == ("two-plugins", "1.0", "Two.")
    assert target_of_wheel(path, tmp_path / "unpacked").paths == (tmp_path / "unpacked",)


def test_a_module_stands_for_itself(tmp_path):
    (tmp_path / "guard.py").write_text("")
    target = find_target(str(tmp_path / "guard.py"))
    assert (target.plugins, target.paths, target.is_module) == ({"guard": "guard"}, (tmp_path,), True)
    assert find_target(f"{tmp_path / 'guard.py'}:Guard").plugins == {"guard": "guard:Guard"}


@pytest.mark.parametrize("name", ["headers", "routeiq-builtin-plugins", "RouteIQ_builtin.plugins"])
def test_an_installed_plugin_is_found_by_its_name_or_that_of_its_distribution(name):
    target = find_target(name)
    assert target.plugins["headers"] == "routeiq_builtin_plugins.headers"
    assert (len(target.plugins) == 1) is (name == "headers")
    assert (target.distribution, target.paths) == ("routeiq-builtin-plugins", ())


def test_a_folder_that_is_no_project_does_not_hide_a_plugin_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "headers").mkdir()
    assert find_target("headers").distribution == "routeiq-builtin-plugins"
    (tmp_path / "headers" / "pyproject.toml").write_text(PROJECT)
    assert find_target("headers").distribution == "two-plugins"


@pytest.mark.parametrize(
    ("files", "given", "told"),
    [
        ({}, ".", "is no project: it has no pyproject.toml"),
        ({"pyproject.toml": "[project"}, ".", "cannot be read"),
        ({"pyproject.toml": "[tool.x]"}, ".", r"no table \[project\]"),
        ({"pyproject.toml": "[project]\nname = 'x'"}, ".", r"has no plugin: name it under \[project.entry-points"),
        ({}, "gone.whl", "is no wheel"),
        ({"a.whl": "text"}, "a.whl", "is no wheel"),
        ({}, "gone.py", "does not exist"),
        ({}, "heaters", "no plugin of this name is installed; did you mean 'headers'"),
        ({}, "zzz", "`routeiq plugin list` shows"),
    ],
)
def test_what_is_no_plugin_is_refused_with_what_is_missing(tmp_path, monkeypatch, files, given, told):
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ToolkitError, match=told):
        find_target(given)


def test_a_wheel_without_plugins_is_refused(tmp_path):
    path = wheel(tmp_path / "a.whl", {"a-1.dist-info/METADATA": "Name: a\nVersion: 1\n\n"})
    with pytest.raises(ToolkitError, match="there is no plugin in it"):
        find_target(str(path))
