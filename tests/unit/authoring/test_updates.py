"""Updates: a later version of the template is merged into what the author has made of a project."""

import os
import shutil
import subprocess

import pytest

from routeiq.authoring import updates
from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.projects import new_project
from routeiq.authoring.templates import ANSWERS, FOLDER, templates
from routeiq.authoring.updates import update_project

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="needs git"),
    pytest.mark.timeout(180),  # Copier is many processes of Git
]
LATEST = templates()[-1].version


def git(folder, *arguments):
    identity = {f"GIT_{role}_{part}": "a" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **identity}, check=True, capture_output=True)


def commit(folder):
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "more")


@pytest.fixture
def project(tmp_path):
    """Return a project under version control, as `routeiq plugin new` makes it today."""
    folder = tmp_path / "my-one"
    new_project("my-one", "observer", folder)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


@pytest.fixture
def versions(tmp_path):
    """Return the versions of the template, and one that is still to come: another README.md, and a file more."""
    folder = tmp_path / "versions"
    shutil.copytree(FOLDER, folder)
    shutil.copytree(FOLDER / str(LATEST), folder / str(LATEST + 1))
    made = folder / str(LATEST + 1) / "project"
    readme = made / "README.md.jinja"
    readme.write_text(readme.read_text().replace("## Work on it", "## Work on {{ name }}"))
    (made / "SECURITY.md.jinja").write_text("Report problems of {{ distribution }}.\n")
    return folder


@pytest.fixture
def copier():
    pytest.importorskip("copier", reason="needs routeiq[toolkit]")


@pytest.mark.usefixtures("copier")
def test_what_the_template_learned_is_merged_with_what_the_author_changed(project, versions):
    plugin = project / "src" / "routeiq_plugin_my_one" / "plugin.py"
    plugin.write_text(plugin.read_text() + "\n# mine\n")
    readme = project / "README.md"
    readme.write_text(readme.read_text().replace("# routeiq-plugin-my-one", "# Mine"))
    (project / "tox.ini").unlink()
    commit(project)

    update = update_project(project, versions)

    assert (update.before, update.after, update.conflicts) == (LATEST, LATEST + 1, ())
    assert update.changed == (ANSWERS, "README.md", "SECURITY.md")
    assert readme.read_text().startswith("# Mine")
    assert "## Work on my-one" in readme.read_text()
    assert (project / "SECURITY.md").read_text() == "Report problems of routeiq-plugin-my-one.\n"
    assert plugin.read_text().endswith("# mine\n")
    assert not (project / "tox.ini").exists()
    commit(project)
    assert update_project(project, versions) == updates.Update(LATEST + 1, LATEST + 1)


@pytest.mark.usefixtures("copier")
def test_where_both_changed_the_same_lines_the_author_decides(project, versions):
    readme = project / "README.md"
    readme.write_text(readme.read_text().replace("## Work on it", "## How to work on it"))
    commit(project)
    update = update_project(project, versions)
    assert update.conflicts == ("README.md",)
    assert "## How to work on it" in readme.read_text()
    assert "## Work on my-one" in readme.read_text()
    assert "<<<<<<<" in readme.read_text()


def test_a_project_of_the_latest_version_needs_nothing(project):
    assert update_project(project) == updates.Update(LATEST, LATEST)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / ANSWERS).unlink(), "only what `routeiq plugin new` made"),
        (lambda folder: (folder / ANSWERS).write_text("name: x"), r"does not say which version .* \(_commit\)"),
        (lambda folder: (folder / ANSWERS).write_text("_commit: 99"), "made by version 99 .* use a newer one"),
        (lambda folder: (folder / "new.txt").write_text("x"), "changes that are not committed"),
        (lambda folder: shutil.rmtree(folder / ".git"), "not under Git"),
    ],
)
@pytest.mark.usefixtures("copier")
def test_what_cannot_be_updated_is_refused_with_what_to_do(project, versions, spoil, told, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    spoil(project)
    with pytest.raises(ToolkitError, match=told):
        update_project(project, versions)


def test_without_copier_it_says_how_to_get_it(project, versions, monkeypatch):
    monkeypatch.setattr(updates.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolkitError, match=r"pip install 'routeiq\[toolkit\]'"):
        update_project(project, versions)


def test_without_git_it_says_so(project, versions, monkeypatch):
    pytest.importorskip("copier", reason="needs routeiq[toolkit]")
    monkeypatch.setattr(updates.shutil, "which", lambda name: None)
    with pytest.raises(ToolkitError, match="Git, which is not installed"):
        update_project(project, versions)
