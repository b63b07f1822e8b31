"""What the documentation shows as code is code that works."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from routeiq import PluginManager
from routeiq.authoring.field_tables import models_in
from routeiq.core.event_names import HOST_EVENTS
from routeiq.core.settings import ManagerSettings

CODE = Path("docs/code")


def test_the_readme_shows_the_plugin_that_is_tested(repository: Path) -> None:
    shown = (repository / "README.md").read_text(encoding="utf-8")
    assert (repository / CODE / "my_guardrails.py").read_text(encoding="utf-8") in shown


def test_the_tests_that_the_documentation_shows_pass(repository: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "."]
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run(command, cwd=repository / CODE, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    shown = [path.read_text(encoding="utf-8") for path in (repository / CODE).glob("test_*.py")]
    assert int(passed[1]) >= sum(len(re.findall(r"^(?:async )?def test_", text, re.MULTILINE)) for text in shown)


async def test_the_embedded_application_answers_through_its_plugins(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEIQ_PLUGINS_ALLOWLIST", "my-guardrails")
    monkeypatch.syspath_prepend(str(repository / CODE))
    embedded = importlib.import_module("embedded")
    record = embedded.manager.register(importlib.import_module("my_guardrails"))
    async with embedded.manager:
        assert (record.state, list(record.hooks)) == ("active", ["request_body"])
        assert await answer(embedded.app, b"a plan") == (405, b"Method Not Allowed")
        assert (await answer(embedded.app, b"a harmful plan"))[0] == 403


async def test_the_traced_application_tells_its_tracer(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")
    monkeypatch.setenv("ROUTEIQ_PLUGINS_ALLOWLIST", "")
    monkeypatch.syspath_prepend(str(repository / CODE))
    traced = importlib.import_module("traced")
    async with traced.manager:
        assert traced.manager.plans.tracer is not None
        assert await answer(traced.app, b"x") == (405, b"Method Not Allowed")


@pytest.mark.litellm
@pytest.mark.timeout(180)  # importing LiteLLM alone takes seconds, and on a busy machine a minute
@pytest.mark.parametrize("script", ["litellm_script.py", "litellm_program.py"])
def test_what_is_shown_of_litellm_runs(repository: Path, script: str) -> None:
    pytest.importorskip("litellm", reason="needs routeiq[litellm]")
    command = [sys.executable, "-W", "ignore", script]
    done = subprocess.run(command, cwd=repository / CODE, capture_output=True, text=True, check=False)
    assert done.stdout == "LiteLLM answers this itself\n", done.stderr


async def answer(app: Any, body: bytes) -> tuple[int, bytes]:
    """Send a POST request to an ASGI application."""
    sent: list[dict[str, Any]] = []
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"content-length", str(len(body)).encode())],
        "scheme": "http",
        "server": ("host", 80),
        "client": ("127.0.0.1", 5),
        "root_path": "",
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def test_the_plugin_that_listens_to_events_does_what_its_page_says(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(repository / CODE))
    told: list[Any] = []
    manager = PluginManager(ManagerSettings())
    manager.register(importlib.import_module("budget_watch"))
    async with manager:
        manager.events.subscribe("budget-watch.*", told.append)
        manager.events.emit("llm.call.completed", {"cost": 12.5})
        for _ in range(5):
            await asyncio.sleep(0)
    assert [(event.name, dict(event.data)) for event in told] == [
        ("budget-watch.exceeded", {"spent": 12.5, "budget": 10.0})
    ]


def test_every_event_stands_in_the_reference_with_exactly_its_fields(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert sections.keys() == HOST_EVENTS.keys()
    for name, fields in HOST_EVENTS.items():
        rows = re.findall(r"^\| (`.*?) \|", sections[name], re.MULTILINE)
        assert [field for row in rows for field in re.findall(r"`(\w+)`", row)] == list(fields), name


def test_links_in_the_readme_lead_somewhere(repository: Path) -> None:
    for name in ("README.md", "CONTRIBUTING.md", "examples/routeiq-plugin-hello/README.md"):
        path = repository / name
        for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{name}: {target}"


def test_the_first_page_leads_to_every_other(repository: Path) -> None:
    text = (repository / "mkdocs.yml").read_text(encoding="utf-8")
    pages = re.findall(r"^ +- ((?:tutorial|how-to|explanation|reference)/[\w/-]+\.md)$", text, re.MULTILINE)
    first = (repository / "docs" / "index.md").read_text(encoding="utf-8")
    by_layer = "reference/hooks/"  # its own index leads to these
    missing = [page for page in pages if f"({page})" not in first and not page.startswith(by_layer)]
    assert len(pages) > 40
    assert missing == [], "lead there from a table of docs/index.md"


def described(model: type[BaseModel], seen: set[type[BaseModel]], models: Callable[[Any], Any]) -> None:
    """Check that every field of a model, and of those in it, says what it means."""
    seen.add(model)
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description"
        for nested, _ in models(field.annotation):
            if nested not in seen:
                described(nested, seen, models)


def test_every_setting_has_a_description_and_stands_in_the_reference(tool: Callable[[str], ModuleType]) -> None:
    pages = tool("host_pages")
    seen: set[type[BaseModel]] = set()
    described(pages.GatewaySettings, seen, models_in)
    text = pages.settings()
    for model in seen:
        for name in model.model_fields:
            assert f"| `{name}` |" in text


def test_every_operation_and_document_of_the_admin_api_stands_in_the_reference(
    tool: Callable[[str], ModuleType],
) -> None:
    text = tool("host_pages").admin_api()
    sections = dict(re.findall(r"^### (.+?)\n(.*?)(?=^###? |\Z)", text, re.MULTILINE | re.DOTALL))
    assert len([title for title in sections if title.startswith("`")]) == 18
    assert "| `if-match` |" in sections["`PUT /admin/plugins/{name}/config`"].lower()
    assert "| `wait` | query, 0 to 60 |" in sections["`GET /admin/changes/{version}`"]
    assert "| `$sources` | object of string |" in sections["EditableDocument"]
    referred = set(re.findall(r"\(#(\w+)\)", text))
    assert referred <= {title.lower() for title in sections}


def test_every_name_of_telemetry_stands_in_the_reference(tool: Callable[[str], ModuleType]) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="needs routeiq[otel]")
    from routeiq.adapters.opentelemetry.names import ATTRIBUTES, METRICS

    pages = tool("host_pages")
    shown = pages.attributes() + pages.metrics()
    assert [one.name for one in (*ATTRIBUTES, *METRICS) if f"`{one.name}`" not in shown] == []
    assert shown.count("\n| `routeiq.plugin` |") == 3


def test_every_command_stands_in_the_reference(tool: Callable[[str], ModuleType]) -> None:
    text = tool("host_pages").command_line()
    for command in ("serve", "hooks", "plugin list", "plugin show", "config check"):
        assert f"## `routeiq {command}`" in text


def test_examples_are_included_by_lines_that_the_sites_generator_understands(repository: Path) -> None:
    marked = [
        line
        for page in sorted((repository / "docs").rglob("*.md"))
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.search(r"8\s?<", line)
    ]
    assert marked
    assert all(re.fullmatch(r'--8<-- "[\w/.-]+"', line) for line in marked), marked
