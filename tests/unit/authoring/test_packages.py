"""Packages: what is built, told, and refused."""

import tarfile
import zipfile

import pytest
from tests.unit.authoring.wheels import PLUGIN, wheel

from routeiq.authoring import packages
from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.packages import build_package, plugins_in
from routeiq.authoring.projects import new_project
from routeiq.authoring.registry_entries import RegistryEntry


@pytest.mark.timeout(180)
def test_a_new_project_is_packaged_the_same_each_time(tmp_path):
    pytest.importorskip("hatchling")
    new_project("my-guardrails", "guardrail", tmp_path / "one")
    package = build_package(tmp_path / "one", isolated=False)
    names = [path.name for path in package.files]
    assert names == [
        "routeiq_plugin_my_guardrails-0.1.0-py3-none-any.whl",
        "routeiq_plugin_my_guardrails-0.1.0.tar.gz",
        "routeiq_plugin_my_guardrails-0.1.0.routeiq.json",
    ]
    assert {path.parent for path in package.files} == {tmp_path / "one" / "dist"}
    assert RegistryEntry.model_validate_json(package.files[2].read_text()) == package.entry
    assert package.warnings == ("no licence is named: set `license` in pyproject.toml, or nobody may use it",)
    with zipfile.ZipFile(package.files[0]) as wheel_file:
        assert any(name.endswith("plugin.py") for name in wheel_file.namelist())
    with tarfile.open(package.files[1]) as sources:
        assert any(name.endswith("test_plugin.py") for name in sources.getnames())

    again = build_package(tmp_path / "one", tmp_path / "elsewhere", isolated=False)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in package.files]
    assert {path.parent for path in again.files} == {tmp_path / "elsewhere"}


def test_what_cannot_be_built_is_told_with_what_the_build_said(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n'
        '[project]\nname = "x"\nversion = "1"\n[project.entry-points."routeiq.plugins"]\none = "x"\n'
    )
    with pytest.raises(ToolkitError, match=r"(?s)cannot be built\n.*no_such_backend"):
        build_package(tmp_path, isolated=False)
    assert not (tmp_path / "dist").exists()


def test_a_project_without_a_plugin_is_not_even_built(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_build", lambda *_: pytest.fail("it was built"))
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    with pytest.raises(ToolkitError, match="has no plugin"):
        build_package(tmp_path)


@pytest.mark.parametrize("made", [(), ("a.whl",), ("a.whl", "b.whl")])
def test_a_build_makes_one_wheel_and_one_source_distribution(tmp_path, monkeypatch, made):
    def build(folder, output, isolated):
        output.mkdir()
        for name in made:
            (output / name).write_text("")

    monkeypatch.setattr(packages, "_build", build)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\ndynamic = ['entry-points']\n")
    with pytest.raises(ToolkitError, match="and not one wheel and one source distribution"):
        build_package(tmp_path)


def test_several_plugins_are_told(tmp_path):
    modules = {"one_plugin.py": PLUGIN, "two_plugin.py": PLUGIN.replace('"one"', '"two"')}
    path = wheel(tmp_path, modules, points="one = one_plugin\ntwo = two_plugin")
    described = plugins_in(path, tmp_path / "unpacked")
    assert [one["name"] for one in described] == ["one", "two"]
    assert [hook["name"] for hook in described[0]["hooks"]] == ["request", "response"]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"modules": {}}, r"(?s)does not work: importing one_plugin failed: ModuleNotFoundError.*Is the module in"),
        ({"points": "one = json"}, "does not work: json: has no metadata"),
        ({"more": "version='2.0'"}, "its metadata says version 2.0, and the distribution is RouteIQ.Plugin_one 1.0"),
        ({"points": "other = one_plugin"}, "entry point is named 'other' and metadata.name is 'one'"),
        ({"points": "one = one_plugin:nothing"}, "importing one_plugin:nothing failed: AttributeError"),
        ({"points": "headers = routeiq_builtin_plugins.headers"}, "headers is not in the wheel, and was imported from"),
        ({"more": "config_schema=3"}, "does not work: importing one_plugin failed"),
        ({"points": ""}, "there is no plugin in it"),
    ],
)
def test_a_plugin_that_does_not_work_as_it_is_in_the_wheel_is_refused(tmp_path, made, told):
    with pytest.raises(ToolkitError, match=told):
        plugins_in(wheel(tmp_path, **made), tmp_path / "unpacked")


def test_a_version_that_is_written_in_another_way_is_the_same(tmp_path):
    assert plugins_in(wheel(tmp_path, more="version='1.0.0'"), tmp_path / "unpacked")
