"""The how-to guide to the admin API: its lines run as they are printed, and answer what is said there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.fakes.gateway_process import TOKEN, running

GUIDE = Path("docs/how-to/change-a-running-gateway.md")

# In the place of curl: the same, and a note of the status of each answer.
SHIM = """#!/bin/sh
exec {curl} -w '%{{stderr}}STATUS %{{http_code}}\\n' "$@"
"""


@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="needs curl and bash")
def test_the_guide_can_be_followed_line_by_line(repository: Path, tmp_path: Path) -> None:
    page = (repository / GUIDE).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    given, lines = blocks[0], "".join(blocks[1:]).splitlines()
    asked = [line for line in lines if line.startswith("ask ")]
    expected = [int(said[1]) if (said := re.search(r"  # (\d{3})", line)) else 200 for line in asked]
    plugin = (repository / "docs/code/my_guardrails.py").read_text(encoding="utf-8")
    shim = tmp_path / "bin" / "curl"
    shim.parent.mkdir()
    shim.write_text(SHIM.format(curl=shutil.which("curl")))
    shim.chmod(0o755)
    with running(
        tmp_path, {"my_guardrails": plugin}, environment={"ROUTEIQ_PLUGINS_ALLOWLIST": "my-guardrails"}
    ) as gateway:
        replaced = re.sub(r"^export TOKEN=.*$", f"export TOKEN={TOKEN}", given, flags=re.MULTILINE)
        replaced = re.sub(r"^export GATEWAY=.*$", f"export GATEWAY={gateway.url}", replaced, flags=re.MULTILINE)
        script = "\n".join([replaced, *lines])
        environment = {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=50, check=False
        )
        assert [int(status) for status in re.findall(r"STATUS (\d+)", done.stderr)] == expected, (
            done.stdout + done.stderr
        )
        assert '{"blocked": ["harmful"], "$sources": {"blocked": "default"}}' in done.stdout
        assert "did you mean 'blocked'?" in done.stdout
        assert '"complete": true' in done.stdout
        with gateway.client() as client:
            assert client.get("/admin/plugins/my-guardrails/config").json()["blocked"] == ["harmful", "secret"]
