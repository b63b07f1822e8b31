"""The template: what it renders is code that works, of every kind, and Copier renders the same."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from routeiq.authoring.projects import kinds
from routeiq.authoring.templates import ANSWERS, templates

LATEST = templates()[-1]


def rendered(**answers):
    return {str(path): text for path, text in LATEST.files({"name": "my-one", "kind": "guardrail", **answers}).items()}


def test_versions_are_counted_from_1_and_none_is_missing():
    assert [one.version for one in templates()] == list(range(1, len(templates()) + 1))


@pytest.mark.processes
@pytest.mark.timeout(180)
def test_the_tests_of_every_kind_pass(projects, tmp_path):
    places = [str(projects / f"made-{kind}") for kind in kinds()]
    sources = os.pathsep.join(f"{place}/src" for place in places)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-W", "error"]
    done = subprocess.run(
        [*command, "--import-mode=importlib", *places],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.processes
@pytest.mark.timeout(180)
def test_type_checkers_find_nothing_in_any_kind(projects, tmp_path):
    pytest.importorskip("mypy")
    for kind in kinds():
        project = projects / f"made-{kind}"
        shutil.copytree(project / "src", tmp_path / "src", dirs_exist_ok=True)
        # In one folder, so that one run does for all: the most of it is the same for each.
        (tmp_path / f"test_{kind}.py").write_text((project / "tests" / "test_plugin.py").read_text())
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=cache", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "MYPYPATH": "src"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_the_style_is_that_of_the_projects_own_settings(projects, arguments):
    ruff = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if ruff is None:
        pytest.skip("ruff is not installed")
    done = subprocess.run([ruff, *arguments, "--no-cache", "."], cwd=projects, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", kinds())
def test_the_entry_point_is_the_plugin_under_its_own_name(kind):
    project = tomllib.loads(rendered(kind=kind)["pyproject.toml"])["project"]
    assert project["name"] == "routeiq-plugin-my-one"
    [(name, place)] = project["entry-points"]["routeiq.plugins"].items()
    assert (name, place.partition(":")[0]) == ("my-one", "routeiq_plugin_my_one.plugin")


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_the_same_files(kind):
    assert rendered(kind=kind).keys() == rendered().keys()
    assert all("{%" not in text and "{{" not in text for text in rendered(kind=kind).values())


@pytest.mark.parametrize("description", ['"quoted" \\ back', "a: b # c", "{{ name }} {% x %}", "<b>&amp;", "Größe 🚀"])
def test_a_description_is_what_the_author_said_wherever_it_stands(description):
    files = rendered(description=description)
    assert tomllib.loads(files["pyproject.toml"])["project"]["description"] == description
    assert yaml.safe_load(files[ANSWERS])["description"] == description
    assert description in files["README.md"]


@pytest.mark.parametrize("kind", kinds())
def test_copier_renders_the_same(kind, tmp_path):
    copier = pytest.importorskip("copier", reason="needs routeiq[toolkit]")
    answers = {"name": "my-one", "kind": kind, "description": 'A "quoted" <one>'}
    copier.run_copy(str(LATEST.folder), tmp_path, data=answers, defaults=True, quiet=True)
    made = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    ours = {str(path): text for path, text in LATEST.files(answers).items()}
    # Rendered from a plain folder: there is no version to tell, which is all that differs.
    assert made.pop(ANSWERS).splitlines()[2:] == ours.pop(ANSWERS).splitlines()[2:]
    assert made == ours
