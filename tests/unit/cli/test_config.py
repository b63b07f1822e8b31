"""`routeiq config check`."""

import importlib.util

import pytest


@pytest.fixture
def plugin_config(tmp_path):
    def write(name, text):
        (tmp_path / "config" / "plugins").mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / "plugins" / f"{name}.yaml").write_text(text)

    return write


def test_without_any_file_nothing_is_wrong(command):
    assert command("config", "check")[:2] == (0, "no settings file: no problem found\n")


def test_every_problem_of_the_settings_is_told(command, tmp_path):
    (tmp_path / "routeiq.yaml").write_text("serv: {}\nserver: {port: -1}\n")
    status, printed, errors = command("config", "check")
    assert status == 1
    assert "routeiq.yaml, line 1: serv" in printed
    assert "routeiq.yaml, line 2: server.port" in printed
    assert "2 problems found" in errors


def test_problems_of_plugins_are_told_together(command, plugins, plugin_config, tmp_path):
    plugins(limiter="", other="")
    plugin_config("limiter", "limit: many\n")
    plugin_config("other", "limt: 5\n")
    (tmp_path / "routeiq.yaml").write_text("plugins: {limter: {priority: 1}}")
    status, document, _ = command("config", "check", "--json")
    messages = " ".join(problem["message"] for problem in document["problems"])
    assert (status, len(document["problems"])) == (1, 3)
    assert "did you mean 'limiter'" in messages
    assert "did you mean 'limit'" in messages


def test_a_variable_that_makes_no_sense_is_a_problem(command, monkeypatch):
    monkeypatch.setenv("ROUTEIQ_PLUGINS_FAILURE_MODE", "abrt")
    status, printed, _ = command("config", "check")
    assert status == 1
    assert "did you mean 'abort'" in printed


def test_what_is_not_honoured_is_a_warning_and_no_problem(command, tmp_path):
    (tmp_path / "mine.yaml").write_text("general_settings: {master_key: sk-secret}")
    status, document, errors = command("config", "check", "--config", tmp_path / "mine.yaml", "--json")
    assert (status, document["problems"], errors) == (0, [], "")
    assert "NOT authenticated" in document["warnings"][0]
    status, printed, errors = command("config", "check", "--config", tmp_path / "mine.yaml")
    assert (status, "NOT authenticated" in errors) == (0, True)
    assert "sk-secret" not in printed + errors


def test_a_file_that_is_not_there_is_a_problem(command, tmp_path):
    status, printed, _ = command("config", "check", "--config", tmp_path / "gone.yaml")
    assert status == 1
    assert "gone.yaml" in printed


def test_a_file_that_no_plugin_or_instance_reads_is_a_problem(command, plugins, plugin_config, tmp_path):
    plugins(limiter="")
    (tmp_path / "routeiq.yaml").write_text("plugins: {limiter#free: {}}")
    for name in ("limiter#free", "limiter", "limiter#fre", ".#limiter"):
        plugin_config(name, "limit: 1\n")
    status, document, _ = command("config", "check", "--json")
    found = {problem["source"].rpartition("/")[2]: problem["message"] for problem in document["problems"]}
    assert status == 1
    assert found.keys() == {"limiter.yaml", "limiter#fre.yaml"}
    assert found["limiter.yaml"] == "is not read: there is no plugin 'limiter'; of 'limiter' there is limiter#free"


def test_a_bad_token_in_the_environment_is_a_problem(command, monkeypatch):
    monkeypatch.setenv("ROUTEIQ_ADMIN_TOKEN", "short")
    status, printed, _ = command("config", "check", "--json")
    assert status == 1
    assert [problem["source"] for problem in printed["problems"]] == ["ROUTEIQ_ADMIN_TOKEN"]


AUTH = """
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

metadata = PluginMetadata(name="door", version="1", capabilities={PluginCapability.AUTH_PROVIDER})

@hookimpl
async def authenticate(request):
    return None
"""


def test_a_scope_that_makes_no_sense_is_told_with_file_and_line(command, tmp_path):
    (tmp_path / "routeiq.yaml").write_text(
        "plugins:\n  a#b:\n    when:\n      path: [/v1/*, v2]\n      modle: x\n      header: {x-tenant: []}\n"
    )
    status, printed, _ = command("config", "check")
    assert status == 1
    assert "routeiq.yaml, line 4: plugins.a#b.when.path.1: paths begin with '/'" in printed
    assert "routeiq.yaml, line 5: plugins.a#b.when.modle: there is no such key; did you mean 'model'?" in printed
    assert "routeiq.yaml, line 6: plugins.a#b.when.header.x-tenant: must name at least one" in printed


def test_a_condition_that_cannot_work_is_told_with_file_and_line(command, tmp_path):
    pytest.importorskip("cel", reason="needs routeiq[cel]")
    (tmp_path / "routeiq.yaml").write_text(
        "plugins:\n  a#b:\n    when:\n      condition: >\n        request.headers['x'] == 'y'\n"
        "  c: {when: {condition: modl}}\n"
    )
    printed = command("config", "check")[1]
    assert (
        "routeiq.yaml, line 4: plugins.a#b.when.condition: fails where there is no 'x': ask for that first" in printed
    )
    assert (
        "routeiq.yaml, line 6: plugins.c.when.condition: there is no variable 'modl'; did you mean 'model'?" in printed
    )


def test_a_provider_that_would_never_be_asked_is_told_with_file_and_line(command, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "clitest_door.py").write_text(AUTH)
    monkeypatch.setenv("ROUTEIQ_PLUGINS", "clitest_door")
    (tmp_path / "routeiq.yaml").write_text("plugins:\n  door#a:\n    when:\n      path: /v1/*\n      key: a\n")
    status, printed, _ = command("config", "check")
    assert status == 1
    assert "routeiq.yaml, line 5: plugins.door#a.when.key: the plugin implements `authenticate`" in printed


def test_a_plugin_that_is_not_there_is_told_with_file_and_line(command, tmp_path):
    (tmp_path / "routeiq.yaml").write_text("plugins:\n\n  nowhere-at-all#x: {}\n")
    assert "routeiq.yaml, line 3: plugins.nowhere-at-all#x: there is no such plugin" in command("config", "check")[1]


def test_a_store_that_needs_what_is_not_installed_is_a_problem(command, tmp_path, monkeypatch):
    (tmp_path / "routeiq.yaml").write_text("storage: redis://:hush@h/0")
    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "redis" else found(name))
    status, printed, errors = command("config", "check")
    assert status == 1
    assert "storage: state on a Redis server needs its client: pip install 'routeiq[redis]'" in printed
    assert "hush" not in printed + errors
