"""New projects: their names, and what is never overwritten."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeiq.authoring.errors import ToolkitError
from routeiq.authoring.projects import PREFIX, ProjectName, new_project


@pytest.mark.parametrize("given", ["my-guardrails", "routeiq-plugin-my-guardrails"])
def test_the_names_follow_from_the_plugins_own(given):
    names = ProjectName.of(given)
    assert names.plugin == "my-guardrails"
    assert names.distribution == "routeiq-plugin-my-guardrails"
    assert names.package == "routeiq_plugin_my_guardrails"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("My_Guardrails", "what about 'my-guardrails'?"),
        ("my guardrails!", "what about 'my-guardrails'?"),
        ("-a", "what about 'a'?"),
        ("a-", "none at the end; what about 'a'?"),
        ("a--b", "one '-' at a time, and none at the end; what about 'a-b'?"),
        ("routeiq_plugin_x", "what about 'x'?"),
        ("x" * 51, "it has 51 characters, and may have 50"),
        ("../up", "what about 'up'?"),
        ("", "letters, digits and '-'"),
        ("routeiq-plugin-", "letters, digits and '-'"),
        ("Größe", "letters, digits and '-'"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_one_that_can(wrong, told):
    with pytest.raises(ToolkitError) as error:
        ProjectName.of(wrong)
    assert told in str(error.value)


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_a_name_is_good_for_all_or_refused_and_what_is_proposed_is_good(text):
    try:
        names = ProjectName.of(text)
    except ToolkitError as error:
        _, hint, proposed = str(error).partition("what about '")
        assert not hint or ProjectName.of(proposed.removesuffix("'?"))
    else:
        assert names.package.isidentifier()
        assert names.plugin == text.removeprefix(PREFIX)


def test_a_project_goes_into_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = new_project("my-guardrails", "guardrail")
    assert project.folder.resolve() == tmp_path / "my-guardrails"
    assert {str(path.relative_to(project.folder)) for path in project.folder.rglob("*") if path.is_file()} == set(
        map(str, project.files)
    )
    assert "tests/test_plugin.py" in map(str, project.files)


def test_an_empty_folder_may_be_there(tmp_path):
    (tmp_path / "one").mkdir()
    assert new_project("one", "auth", tmp_path / "one").files


@pytest.mark.parametrize("is_file", [True, False])
def test_nothing_is_overwritten(tmp_path, is_file):
    there = tmp_path / "one" if is_file else tmp_path / "one" / "notes.txt"
    there.parent.mkdir(exist_ok=True)
    there.write_text("mine")
    with pytest.raises(ToolkitError, match="is there already"):
        new_project("one", "auth", tmp_path / "one")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]
    assert there.read_text() == "mine"


def test_an_unknown_kind_is_refused_with_those_that_there_are(tmp_path):
    with pytest.raises(ToolkitError, match="there are guardrail, auth, router"):
        new_project("one", "gardrail", tmp_path / "one")


@pytest.mark.parametrize("description", ["", "  ", "two\nlines", "\x1b[31mred", "x" * 513])
def test_a_description_is_one_line(tmp_path, description):
    with pytest.raises(ToolkitError, match="one line"):
        new_project("one", "auth", tmp_path / "one", description)
    assert not (tmp_path / "one").exists()


def test_the_name_of_an_installed_plugin_of_somebody_else_is_refused(tmp_path):
    with pytest.raises(ToolkitError, match=r"'headers' is the name of a plugin of routeiq-builtin-plugins"):
        new_project("headers", "auth", tmp_path / "headers")
    assert not (tmp_path / "headers").exists()
