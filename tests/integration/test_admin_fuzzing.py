"""Schemathesis against the admin API: what its OpenAPI document says is so, and nothing that is sent is a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.gateway_process import TOKEN, GatewayProcess, running

pytestmark = [
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="needs schemathesis"),
    pytest.mark.timeout(300),
]

EXAMPLES = 15
"""Of each operation, in each phase."""

PLUGIN = """
from typing import Any
from pydantic import BaseModel, Field, SecretStr
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, hookimpl

class Inner(BaseModel):
    url: str = "http://a"
    retries: int = Field(2, alias="max-retries")
    api_key: str = "hush-1"

class Config(BaseModel):
    word: str = "default"
    limit: int = Field(10, ge=1, le=100)
    ratio: float = 0.5
    tags: list[str] = []
    headers: dict[str, str] = {"authorization": "hush-2"}
    inner: Inner = Inner()
    maybe: Inner | None = None
    several: list[Inner] = []
    anything: Any = None
    password: SecretStr = SecretStr("hush-3")

metadata = PluginMetadata(name="words", version="1", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)

@hookimpl
async def request(request, context):
    assert isinstance(context.config, Config)
"""

# What an operation refuses although its schema has nothing against it: fields that do not exist, conditions, names.
REFUSALS = ["2xx", "304", "404", "409", "412", "422"]


def prepared(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI document with the plugin's own schema in the place of any object, and names that there are."""
    definitions = schema.pop("$defs", {})
    text = json.dumps(schema).replace("#/$defs/", "#/components/schemas/Config")
    document["components"]["schemas"] |= {"Config": {**json.loads(text), "additionalProperties": False}}
    for name, definition in definitions.items():
        document["components"]["schemas"][f"Config{name}"] = definition
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if (parameter["name"], parameter["in"]) == ("name", "path"):
                    parameter["schema"] = {"enum": ["words", "wrods"]}
            if path.endswith("/config") and "requestBody" in operation:
                for content in operation["requestBody"]["content"].values():
                    content["schema"] = {"anyOf": [{"$ref": "#/components/schemas/Config"}, content["schema"]]}
    return document


def schemathesis(gateway: GatewayProcess, document: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run all of its checks and phases."""
    folder = gateway.folder
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(
        f"""
        headers = {{ Authorization = "Bearer {TOKEN}" }}
        [parameters]
        "query.wait" = 0
        [checks.positive_data_acceptance]
        expected-statuses = {json.dumps(REFUSALS)}
        """
    )
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"),
        "run", str(folder / "openapi.json"), "--url", gateway.url, "--max-examples", str(EXAMPLES), "--no-color",
        "--exclude-path", "/admin/events",  # it does not end; tests/unit/admin/test_event_stream.py has it
    ]  # fmt: skip
    if "CI" in os.environ:
        command.append("--generation-deterministic")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280, check=False)


def test_the_admin_api_is_what_its_document_says_and_withstands_whatever_is_sent(tmp_path: Path) -> None:
    with running(tmp_path, {"words": PLUGIN}, workers=2) as gateway:
        with gateway.client() as client:
            document = client.get("/admin/openapi.json").json()
            schema = client.get("/admin/plugins/words/schema").json()
            result = schemathesis(gateway, prepared(document, schema))
            assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
            # It went through to the plugins, not only to refusals.
            records = client.get("/admin/audit?limit=1000").json()["records"]
            # A configuration that the plugin takes is rarer than a word on it: only the examples of CI surely have one.
            expected = {"settings", "enable", "disable", *(["config"] if "CI" in os.environ else [])}
            assert expected <= {record["action"] for record in records}
            audited = json.dumps(records)
            client.put("/admin/plugins/words/settings", json={})
            assert client.put("/admin/plugins/words/config", json={}).status_code == 200
            assert client.get("/v1/models").status_code == 200
        assert "hush-" not in audited + gateway.log
        assert "Traceback" not in gateway.log
