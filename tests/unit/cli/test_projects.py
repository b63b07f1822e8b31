"""`routeiq plugin new` and `routeiq plugin update`."""

import pytest

from routeiq.authoring import updates


def test_a_project_is_made_and_what_comes_next_is_told(command, tmp_path):
    status, printed, _ = command("plugin", "new", "my-guardrails")
    assert status == 0
    assert (tmp_path / "my-guardrails" / "pyproject.toml").is_file()
    assert "pip install -e ./my-guardrails pytest\n" in printed
    assert "./my-guardrails/src/routeiq_plugin_my_guardrails/plugin.py" in printed


def test_for_programs_it_is_json(command, tmp_path):
    status, made, _ = command(
        "plugin", "new", "routeiq-plugin-keys", "--kind", "auth", "--path", tmp_path / "here", "--json"
    )
    assert status == 0
    assert (made["name"], made["distribution"], made["package"], made["kind"]) == (
        "keys",
        "routeiq-plugin-keys",
        "routeiq_plugin_keys",
        "auth",
    )
    assert made["path"] == str(tmp_path / "here")
    assert all((tmp_path / "here" / file).is_file() for file in made["files"])


def test_the_description_is_the_authors(command, tmp_path):
    command("plugin", "new", "one", "--description", "Does one thing.")
    assert "Does one thing." in (tmp_path / "one" / "README.md").read_text()


def test_wrong_use_is_told_and_nothing_is_made(command, tmp_path):
    status, printed, errors = command("plugin", "new", "My_Guardrails")
    assert (status, printed) == (2, "")
    assert "what about 'my-guardrails'?" in errors
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_told(command, tmp_path):
    (tmp_path / "file").write_text("")
    status, _, errors = command("plugin", "new", "one", "--path", tmp_path / "file" / "one")
    assert status == 1
    assert "cannot be written" in errors


def test_a_project_of_the_latest_version_is_up_to_date(command, tmp_path):
    command("plugin", "new", "one")
    status, printed, _ = command("plugin", "update", "one")
    assert (status, printed) == (0, "The project is up to date: it has version 1 of the template.\n")


def test_what_cannot_be_updated_is_told(command):
    status, _, errors = command("plugin", "update")
    assert status == 1
    assert "only what `routeiq plugin new` made can be updated" in errors


@pytest.mark.parametrize("conflicts", [(), ("tox.ini",)])
def test_what_was_merged_is_told_and_a_conflict_is_exit_status_1(command, monkeypatch, conflicts):
    done = updates.Update(1, 2, ("README.md", "tox.ini"), conflicts)
    monkeypatch.setattr(updates, "update_project", lambda folder: done)
    status, printed, _ = command("plugin", "update")
    assert status == (1 if conflicts else 0)
    assert "Version 2 of the template is merged, after version 1:\n  README.md\n  tox.ini" in printed
    assert ("CONFLICT" in printed) is bool(conflicts)
    status, made, _ = command("plugin", "update", "--json")
    assert made == {"before": 1, "after": 2, "changed": ["README.md", "tox.ini"], "conflicts": list(conflicts)}
