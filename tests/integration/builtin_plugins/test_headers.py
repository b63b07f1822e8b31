"""`headers` in a gateway on a socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from routeiq_plugin_sdk import PluginResponse, Reject

from routeiq_builtin_plugins import headers

CONFIG = """
request: {remove: [x-secret], set: {x-from: "{client.host}"}, add: {x-more: b}}
response: {set: {x-served: "{request.id}"}, add: {set-cookie: b=2}}
"""


async def test_both_ways_also_on_errors_and_answers_of_plugins(
    gateway: Any, plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config/plugins").mkdir(parents=True)
    Path("config/plugins/headers.yaml").write_text(CONFIG)
    seen: list[Any] = []

    def request(request: Any) -> PluginResponse | None:
        seen.append(request.headers)
        if request.path == "/refused":
            raise Reject(403, "no")
        return PluginResponse(b"", 200, [("set-cookie", "a=1")]) if request.path == "/answered" else None

    running = await gateway(headers, plugin("seer", request), settings={"plugins": {"headers": {"enabled": True}}})
    async with httpx.AsyncClient(base_url=running.url) as client:
        for path, status in (("/v1/models", 200), ("/none", 404), ("/refused", 403), ("/answered", 200)):
            sent = {"x-secret": "s", "x-more": "a", "x-request-id": "my-id"}
            answer = await client.get(path, headers=sent)
            assert (answer.status_code, answer.headers["x-served"]) == (status, "my-id")
            assert answer.headers.get_list("set-cookie")[-1] == "b=2"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert all("x-secret" not in one and one["x-from"] == "127.0.0.1" for one in seen)
    assert all(one.get_list("x-more") == ["a", "b"] for one in seen)
