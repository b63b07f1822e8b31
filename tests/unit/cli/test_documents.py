"""`routeiq plugin docs`."""

import json

import pytest


def test_a_page_is_printed(command, plugins):
    plugins(one="priority=7")
    status, page, _ = command("plugin", "docs", "one")
    assert status == 0
    assert page.startswith("# one\n\nDoes something.\n")
    assert "| `limit` | integer | `5` | How many. |" in page
    assert "| `request` | first | → |" in page
    assert page.endswith("\n")


def test_what_is_not_installed_has_a_page_too(command, tmp_path):
    command("plugin", "new", "my-routes", "--kind", "routes")
    status, page, _ = command("plugin", "docs", "my-routes")
    assert status == 0
    assert page.startswith("# my-routes\n\nAdds an HTTP route to the gateway\n")
    assert "| state |" not in page
    assert "| GET | `/my-routes/{visitor}` | Greet a visitor |" in page


def test_a_path_without_a_plugin_is_told(command, tmp_path):
    status, _, errors = command("plugin", "docs", ".")
    assert (status, "it has no pyproject.toml" in errors) == (1, True)


def test_the_whole_gateway_is_one_page(command, plugins):
    plugins(one="priority=7", two="depends_on=['not-there']")
    status, page, _ = command("plugin", "docs", "--all")
    assert status == 0
    assert page.startswith("# Plugins of the gateway\n")
    assert "\n## one\n" in page
    assert "not-there" in page.partition("\n## two\n")[2]


def test_html_is_written_where_it_is_wanted(command, plugins, tmp_path):
    plugins(one="")
    status, printed, _ = command("plugin", "docs", "one", "--format", "html", "--output", tmp_path / "new" / "one.html")
    assert (status, printed) == (0, "")
    assert "<title>one</title>" in (tmp_path / "new" / "one.html").read_text()


def test_routes_are_an_openapi_document(command, tmp_path):
    status, text, _ = command("plugin", "docs", "skills-discovery", "--format", "openapi")
    document = json.loads(text)
    assert status == 0
    assert document["info"]["title"] == "skills-discovery"
    assert "/.well-known/agent-skills/index.json" in document["paths"]
    whole = json.loads(command("plugin", "docs", "--all", "--format", "openapi")[1])
    assert whole["paths"].keys() >= document["paths"].keys()


def test_a_wrong_configuration_does_not_keep_the_page_from_being_made(command, plugins, tmp_path):
    plugins(one="")
    (tmp_path / "config" / "plugins").mkdir(parents=True)
    (tmp_path / "config" / "plugins" / "one.yaml").write_text("limt: 9\n")
    assert command("plugin", "docs", "one")[0] == 0


def test_a_plugin_that_was_not_imported_is_told_with_the_reason(command, plugins, monkeypatch):
    plugins(one="")
    monkeypatch.setenv("ROUTEIQ_PLUGINS_ALLOWLIST", "other")
    assert "| state | refused:" in command("plugin", "docs", "skills-discovery")[1]


@pytest.mark.parametrize("arguments", [(), ("one", "--all")])
def test_it_is_one_plugin_or_all(command, arguments):
    status, _, errors = command("plugin", "docs", *arguments)
    assert (status, "name one plugin, or say --all" in errors) == (2, True)


def test_an_unknown_plugin_is_wrong_use(command, plugins):
    plugins(limiter="")
    status, _, errors = command("plugin", "docs", "limter")
    assert (status, "did you mean 'limiter'?" in errors) == (2, True)


def test_what_cannot_be_written_is_told(command, plugins, tmp_path):
    plugins(one="")
    (tmp_path / "file").write_text("")
    status, _, errors = command("plugin", "docs", "one", "--output", tmp_path / "file" / "one.md")
    assert (status, "cannot be written" in errors) == (1, True)
