"""Skills discovery through a gateway on a socket; targets are sent as they are, by no client that tidies them up."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import tarfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from routeiq_builtin_plugins.skills_discovery import SkillsDiscovery

Ask = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]
OLDER, CURRENT = "/.well-known/skills", "/.well-known/agent-skills"


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    skill = tmp_path / "skills" / "my-skill"
    (skill / "data").mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: my-skill\ndescription: Does a thing.\n---\n# Body\n")
    (skill / "data/c.json").write_text("{}")
    (skill / ".env").write_text("secret")
    (skill / "out").symlink_to("/etc/passwd")
    return skill


@pytest.fixture
async def ask(gateway: Any, skill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """ask(target, method="GET", **headers) -> (status, headers, body)."""
    monkeypatch.chdir(tmp_path)
    Path("config/plugins").mkdir(parents=True)
    Path("config/plugins/skills-discovery.yaml").write_text("check_interval: 0\n")
    running = await gateway(SkillsDiscovery)
    port = int(running.url.rpartition(":")[2])

    async def send(target: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        writer.write(f"{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lines}\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        first, *fields = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), dict(field.lower().split(": ", 1) for field in fields), body

    return send


async def test_the_older_index_lists_the_files_and_names_the_current_one(ask: Ask) -> None:
    status, headers, body = await ask(f"{OLDER}/index.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {
        "skills": [{"name": "my-skill", "description": "Does a thing.", "files": ["SKILL.md", "data/c.json"]}]
    }
    assert headers["link"] == f'<{CURRENT}/index.json>; rel="successor-version"'


async def test_the_artifact_of_the_current_index_has_its_digest_and_all_files(ask: Ask, skill: Path) -> None:
    entry = json.loads((await ask(f"{CURRENT}/index.json"))[2])["skills"][0]
    status, headers, body = await ask(entry["url"])
    assert (status, entry["type"], headers["content-type"]) == (200, "archive", "application/gzip")
    assert entry["digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames() == ["SKILL.md", "data/c.json"]
    (skill / "data/c.json").unlink()
    entry = json.loads((await ask(f"{CURRENT}/index.json"))[2])["skills"][0]
    assert (entry["type"], entry["url"]) == ("skill-md", f"{CURRENT}/my-skill/SKILL.md")
    assert hashlib.sha256((await ask(entry["url"]))[2]).hexdigest() == entry["digest"].removeprefix("sha256:")


@pytest.mark.parametrize("base", [OLDER, CURRENT])
async def test_files_are_served_as_they_are(ask: Ask, skill: Path, base: str) -> None:
    status, headers, body = await ask(f"{base}/my-skill/SKILL.md")
    assert (status, body) == (200, (skill / "SKILL.md").read_bytes())
    assert headers["content-type"] == "text/markdown; charset=utf-8"
    assert (await ask(f"{base}/my-skill/data/c.json"))[2] == b"{}"


@pytest.mark.parametrize("path", [f"{OLDER}/index.json", f"{CURRENT}/index.json", f"{OLDER}/my-skill/SKILL.md"])
async def test_head_and_entity_tags(ask: Ask, path: str) -> None:
    _, headers, body = await ask(path)
    status, same, nothing = await ask(path, "HEAD")
    assert (status, nothing, same["content-length"], same["etag"]) == (200, b"", str(len(body)), headers["etag"])
    assert (await ask(path, if_none_match=headers["etag"]))[::2] == (304, b"")
    assert (await ask(path, "POST"))[0] == 405


async def test_a_change_is_seen_and_changes_the_tag(ask: Ask, skill: Path) -> None:
    before = (await ask(f"{OLDER}/index.json"))[1]["etag"]
    (skill / "new.txt").write_text("new")
    status, headers, body = await ask(f"{OLDER}/index.json", if_none_match=before)
    assert (status, json.loads(body)["skills"][0]["files"]) == (200, ["SKILL.md", "data/c.json", "new.txt"])
    assert headers["etag"] != before
    assert (await ask(f"{OLDER}/my-skill/new.txt"))[2] == b"new"


@pytest.mark.parametrize(
    "path",
    [
        "my-skill/.env", "my-skill/out", "my-skill/../../../etc/passwd", "my-skill/%2e%2e/%2e%2e/etc/passwd",
        "my-skill//etc/passwd", "my-skill/%00", "my-skill/SKILL.md%00",
        "my-skill%2fSKILL.md", "my-skill%2FSKILL.md", "my-skill/data%5cc.json",
        "my-skill/%252e%252e/x", "my-skill/..%2f..%2fetc%2fpasswd", "my-skill/%ff", "my-skill/" + "a" * 300, "a/" * 600,
        "my-skill", "my-skill/", "my-skill/data", "my-skill/data/", "other/SKILL.md", "..",
        "%2e%2e/skills/my-skill/SKILL.md", "", "my-skill.tar.gz",
    ],
)  # fmt: skip
async def test_all_else_is_404_on_both_paths(ask: Ask, path: str) -> None:
    assert (await ask(f"{OLDER}/{path}"))[0] == 404
    if path != "my-skill.tar.gz":
        assert (await ask(f"{CURRENT}/{path}"))[0] == 404
    assert (await ask(f"{OLDER}/{path}", "HEAD"))[2] == b""


async def test_many_at_once_are_answered_alike(ask: Ask) -> None:
    answers = await asyncio.gather(*(ask(f"{CURRENT}/index.json") for _ in range(20)))
    assert len({(status, body) for status, _, body in answers}) == 1
    assert answers[0][0] == 200


async def test_an_operator_sees_what_is_not_offered_and_the_figures(ask: Ask, skill: Path) -> None:
    (skill.parent / "broken").mkdir()
    await ask(f"{OLDER}/index.json")
    await ask(f"{OLDER}/none")
    health = json.loads((await ask("/health/ready"))[2])
    assert '"broken": "has no SKILL.md"' in json.dumps(health)
    metrics = (await ask("/metrics"))[2].decode()
    for line in (
        "skills 1",
        "not_offered 1",
        'requests_total{kind="index"} 1',
        'requests_total{kind="unknown"} 1',
    ):
        assert f"routeiq_plugin_skills_discovery_{line}" in metrics


async def test_another_directory_holds_for_the_next_request(ask: Ask, skill: Path) -> None:
    assert (await ask(f"{OLDER}/my-skill/SKILL.md"))[0] == 200
    Path("config/plugins/skills-discovery.yaml").write_text("directory: elsewhere\n")
    for _ in range(200):
        if (await ask(f"{OLDER}/my-skill/SKILL.md"))[0] == 404:
            return
        await asyncio.sleep(0.05)
    pytest.fail("the old directory is still served")
