"""Each of many bad plugins is found by its own rule, with its own words; good ones pass."""

from __future__ import annotations

import textwrap
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.authoring.wheels import wheel

from routeiq.authoring.checks.check import CheckedPlugin, check
from routeiq.authoring.checks.findings import RULES
from routeiq.authoring.errors import ToolkitError

BAD = Path(__file__).parents[3] / "fakes" / "bad_plugins"

# Rule, hook and words, by plugin: of those that show without running them, and of the others.
SAID: dict[str, tuple[str, str | None, str]] = {
    "cannot_load": ("cannot-load", None, "No module named 'a_module_that_nobody_has'"),
    "no_metadata": ("refused", None, "has no metadata: set `metadata = PluginMetadata"),
    "unknown_hook": ("refused", "on_request", "hook on_request() does not exist."),
    "unknown_argument": ("refused", "request", "has no argument 'reqest'. There are: request, context"),
    "missing_capability": ("refused", None, "add PluginCapability.AUTH_PROVIDER"),
    "incompatible": ("refused", None, "works with RouteIQ >=99"),
    "no_description": ("no-description", None, "set metadata.description"),
    "no_version": ("no-version", None, "set metadata.version"),
    "no_compatibility": ("no-compatibility", None, "gateway_compat is not set"),
    "unused_capability": ("unused-capability", None, "PluginCapability.MIDDLEWARE and has no hook that needs it"),
    "no_field_description": ("no-field-description", None, "Config.limit has no description"),
    "no_default": ("no-default", None, "Config.limit has no default"),
    "default_invalid": ("default-invalid", None, "the default of limit is refused"),
    "plain_secret": ("plain-secret", None, "Config.api_key is str: declare it as SecretStr"),
    "network_at_import": ("network-at-import", None, "socket.connect(('127.0.0.1', 9))"),
    "process_at_import": ("process-at-import", None, "'true'"),
    "file_written_at_import": ("file-written-at-import", None, "written-at-import"),
    "file_read_at_import": ("file-read-at-import", None, ".netrc-of-nobody"),
    "thread_at_import": ("thread-at-import", None, "the thread forever"),
    "prints_at_import": ("prints-at-import", None, "'loaded'"),
    "slow_import": ("slow-import", None, "s of the processor"),
    "blocking_call": ("blocking-call", None, "ask() calls urllib.request.urlopen(), which blocks the event loop"),
    "swallows_cancellation": ("swallows-cancellation", "request", "catches BaseException and goes on"),
    "file_in_hook": ("file-in-hook", "request", "read_text() for a request: read files in startup"),
    "logs_secret": ("logs-secret", "startup", "logs what get_secret_value() returns"),
    "not_awaited": ("not-awaited", "request", "does not await context.storage.incr()"),
    "prints": ("prints", "request", "prints: use context.logger"),
}  # fmt: skip
DONE: dict[str, tuple[str, str | None, str]] = {
    "does_not_start": ("does-not-start", "startup", "there is no model file"),
    "raises": ("raises", "request_body", "TypeError"),
    "raises_on_parts": ("raises", "llm_pre_call", "AttributeError"),
    "background_raises": ("background-raises", None, "gave to context.every() raises ZeroDivisionError"),
    "logs_credentials": ("logs-credentials", None, "a request that shows credentials it logs"),
    "wrong_type": ("wrong-type", "request_body", "returns str"),
    "changes_arguments": ("changes-arguments", "llm_pre_call", "messages[0]['content']"),
    "blocks_event_loop": ("blocks-event-loop", "request", "keeps the event loop for"),
    "slow_hook": ("slow-hook", "request", "for an ordinary request"),
    "never_returns": ("never-returns", "request", "does not return within 5 seconds"),
    "ends_the_process": ("never-returns", None, "ended with status 3"),
    "depends_on_chunks": ("depends-on-chunks", "llm_stream_chunk", "letter by letter"),
    "does_not_stop": ("does-not-stop", "shutdown", "does not return within 5 seconds"),
    "leaves_tasks": ("leaves-tasks", "shutdown", "Event.wait"),
    "leaves_threads": ("leaves-threads", "shutdown", "forever"),
    "config_fails": ("config-fails", "request", "with share=0: request() raises ZeroDivisionError"),
}  # fmt: skip


def test_every_bad_plugin_is_expected_to_be_found() -> None:
    assert {path.stem for path in BAD.glob("*.py")} == {*SAID, *DONE, "type_error"}


def found(plugin: CheckedPlugin, expected: tuple[str, str | None, str]) -> bool:
    rule, hook, words = expected
    return any((one.rule, one.hook) == (rule, hook) and words in one.message for one in plugin.findings)


@pytest.mark.processes
@pytest.mark.parametrize(("name", "expected"), SAID.items(), ids=SAID)
def test_what_is_wrong_shows_without_running_it(name: str, expected: tuple[str, str | None, str]) -> None:
    [plugin] = check(str(BAD / f"{name}.py"), run=False, types=False)
    assert found(plugin, expected), plugin.findings
    assert {one.rule for one in plugin.findings} == {expected[0]}
    assert plugin.failed(strict=True)
    assert plugin.failed(strict=False) is (RULES[expected[0]].severity == "error")


@pytest.mark.processes
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("name", "expected"), DONE.items(), ids=DONE)
def test_what_is_wrong_shows_when_it_runs(name: str, expected: tuple[str, str | None, str]) -> None:
    [plugin] = check(str(BAD / f"{name}.py"), examples=0, types=False)
    assert found(plugin, expected), plugin.findings
    assert {one.rule for one in plugin.findings} <= {expected[0], "unused-capability"}


@pytest.mark.processes
def test_mypy_finds_what_is_wrong_with_types() -> None:
    pytest.importorskip("mypy")
    [plugin] = check(str(BAD / "type_error.py"), run=False)
    assert [(one.rule, one.line) for one in plugin.findings] == [("type-error", 12)]
    assert '"PluginRequest" has no attribute "patch"' in plugin.findings[0].message


PROJECT = """
[project]
name = "routeiq-plugin-named"
version = "{version}"
description = "A plugin."
[project.entry-points."routeiq.plugins"]
{point} = "named"
"""
PLUGIN = """
from routeiq_plugin_sdk import PluginMetadata
metadata = PluginMetadata(name="named", version="1.0", gateway_compat=">=0.1")
"""


def project(folder: Path, version: str = "1.0", point: str = "named") -> str:
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version, point=point))
    (folder / "named.py").write_text(PLUGIN)
    return str(folder)


@pytest.mark.processes
def test_a_project_must_agree_with_its_plugin(tmp_path: Path) -> None:
    [plugin] = check(project(tmp_path), run=False, types=False)
    assert (plugin.name, plugin.version, plugin.findings) == ("named", "1.0", [])
    [plugin] = check(project(tmp_path, version="2.0", point="other"), run=False, types=False)
    assert {one.rule for one in plugin.findings} == {"name-differs", "version-differs"}


@pytest.mark.processes
def test_a_wheel_must_not_run_code_at_every_start(tmp_path: Path) -> None:
    path = tmp_path / "named-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("named.py", PLUGIN)
        archive.writestr("named.pth", "import os")
        archive.writestr(
            "named-1.0.dist-info/METADATA", "Metadata-Version: 2.4\nName: named\nVersion: 1.0\nSummary: N.\n"
        )
        archive.writestr("named-1.0.dist-info/entry_points.txt", "[routeiq.plugins]\nnamed = named\n")
    [plugin] = check(str(path), run=False, types=False)
    assert [(one.rule, one.message.partition(" ")[0]) for one in plugin.findings] == [("pth-file", "named.pth")]


@pytest.mark.processes
def test_a_wheel_is_judged_by_what_is_in_it(tmp_path: Path) -> None:
    source = (BAD / "prints.py").read_text() + "\nassert __import__('pathlib').Path(__file__).is_file()\n"
    path = wheel(tmp_path, {"prints.py": source}, "prints = prints", "Name: prints\nVersion: 1.0\nSummary: N.\n")
    [plugin] = check(str(path), examples=0)
    assert [one.rule for one in plugin.findings] == ["prints"]
    assert plugin.findings[0].file == "prints.py"
    assert plugin.skipped == []


@pytest.mark.processes
def test_an_object_of_a_module_is_named_behind_a_colon(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(INSTANCE)
    [plugin] = check(str(tmp_path / "made.py"), types=False)
    assert "made.py:plugin" in plugin.findings[0].message
    [plugin] = check(f"{tmp_path / 'made.py'}:plugin", examples=0, types=False)
    assert (plugin.name, plugin.findings) == ("made", [])


INSTANCE = """
from routeiq_plugin_sdk import PluginMetadata

class Made:
    metadata = PluginMetadata(name="made", version="1.0", description="One.", gateway_compat=">=0.1")

plugin = Made()
"""


@pytest.mark.processes
def test_a_plugin_without_defaults_runs_with_what_it_is_given() -> None:
    [plugin] = check(str(BAD / "no_default.py"), types=False)
    assert plugin.skipped == ["running it: its defaults are no configuration; give one by --config"]
    [plugin] = check(str(BAD / "no_default.py"), config={"limit": 3}, examples=0, types=False)
    assert not plugin.skipped
    [plugin] = check(str(BAD / "no_default.py"), config={"limit": "many"}, examples=0, types=False)
    assert found(plugin, ("does-not-start", "startup", "limit"))


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ToolkitError, match="no plugin of this name"):
        check("no-such-plugin-anywhere")


def test_one_configuration_is_not_given_to_several_plugins() -> None:
    with pytest.raises(ToolkitError, match="has the plugins .*headers.*, and a configuration is that of one"):
        check("routeiq-builtin-plugins", config={})


@pytest.mark.processes
def test_a_process_that_cannot_even_begin_is_a_finding(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "quits.py").write_text(textwrap.dedent("import os\nos._exit(7)\n"))
    [plugin] = check(str(tmp_path / "quits.py"))
    assert [one.rule for one in plugin.findings] == ["cannot-load"]
    assert "ended with status 7" in plugin.findings[0].message
