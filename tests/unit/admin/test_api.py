"""The application as a whole: who may do what, and what every answer has in common."""

import pytest
from tests.fakes.admin import READER, WRITER

from routeiq.core.errors import StorageUnavailable

PATHS = [
    ("GET", "/plugins"), ("GET", "/plugins/words"), ("GET", "/plugins/words/config"), ("PUT", "/plugins/words/config"),
    ("POST", "/plugins/words/disable"), ("GET", "/hooks"), ("GET", "/events"), ("GET", "/openapi.json"), ("GET", ""),
    ("GET", "/"), ("GET", "/nothing"), ("DELETE", "/plugins"), ("OPTIONS", "/plugins"), ("HEAD", "/status"),
    ("BREW", "/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_without_a_token_there_is_nothing_but_401(admin, method, path):
    admin.token = None
    for headers in ({}, {"authorization": "Bearer wrong-token-of-somebody"}, {"authorization": "Basic eDp5"}):
        reply = await admin.call(method, f"{path}?token={WRITER}", **headers)
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert "allow" not in reply.headers
        assert method == "HEAD" or reply.error["type"] == "authentication_error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/plugins", 200), ("GET", "/plugins/words/config", 200), ("GET", "/audit", 200),
        ("PUT", "/plugins/words/config", 403), ("PATCH", "/plugins/words/settings", 403),
        ("POST", "/plugins/words/enable", 403), ("POST", "/plugins/none/enable", 403), ("POST", "/plugins", 405),
        ("POST", "/none", 404), ("OPTIONS", "/plugins/words/config", 204),
    ],
)  # fmt: skip
async def test_a_token_that_may_read_changes_nothing(admin, method, path, status):
    admin.token = READER
    reply = await admin.call(method, path, {} if method in ("PUT", "PATCH") else None)
    assert reply.status == status
    if status == 403:
        assert "'bob' may only read" in reply.error["message"]
    assert admin.control.version == 0


@pytest.mark.parametrize(("method", "path"), PATHS[:3] + PATHS[9:])
async def test_no_answer_may_be_stored_or_guessed_at(admin, method, path):
    reply = await admin.call(method, path)
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_head_is_get_without_the_body(admin):
    for path in ("/plugins", "/plugins/words/config", "/nothing", "/events"):
        head, get = await admin.call("HEAD", path), None
        if path != "/events":
            get = await admin.call("GET", path)
            assert (head.status, head.headers) == (get.status, get.headers)
        assert head.body == b""


async def test_a_failure_of_plugins_own_code_is_told_without_its_words(serve, plugin, caplog):
    from pydantic import BaseModel

    class Odd(BaseModel):
        @classmethod
        def model_json_schema(cls, *arguments, **options):
            raise RuntimeError("secret-7")

    admin = await serve(plugin("odd", config_schema=Odd))
    reply = await admin.call("GET", "/plugins/odd/schema")
    assert (reply.status, reply.error["code"]) == (500, "internal_error")
    assert b"secret-7" not in reply.body
    assert "secret-7" in caplog.text


async def test_a_store_that_is_away_is_worth_another_attempt(admin, monkeypatch):
    async def away():
        raise StorageUnavailable("redis is away")

    monkeypatch.setattr(admin.control.state, "load", away)
    reply = await admin.call("PATCH", "/plugins/words/config", {"limit": 3})
    assert (reply.status, reply.headers["retry-after"]) == (503, "5")
    assert "redis is away" in reply.error["message"]


async def test_there_are_no_websockets(admin):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {**admin.scope("GET", "/events"), "type": "websocket"}
    await admin.app(scope, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "there are no WebSockets here"}]


async def test_a_server_may_serve_below_a_path_of_its_own(admin):
    scope = admin.scope("GET", "/status")
    sent = []

    async def send(message):
        sent.append(message)

    api = admin.app.mounts._applications["/admin"]
    await api({**scope, "path": "/below/admin/status", "root_path": "/below/admin"}, None, send)
    assert sent[0]["status"] == 200
