"""Operations end in bounded time whatever the server does, and say what is wrong."""

import asyncio
import shutil
import subprocess
import threading
import time

import pytest
from tests.fakes.ports import free_port

pytest.importorskip("redis", reason="needs routeiq[redis]")

from tests.fakes.redis_server import running

from routeiq.core.errors import StorageUnavailable
from routeiq.storage.redis import RedisServer
from routeiq.storage.redis.server import is_refusal, milliseconds


@pytest.fixture
async def server(redis_server):
    one = RedisServer(redis_server.url, "test", 1.0)
    one.open()
    one.found()
    yield one
    await one.close()


async def ping(server):
    return await server.call(lambda client: client.ping())


def test_its_name_has_no_password():
    server = RedisServer("redis://user:hush@h:6380/2", "c")
    assert server.name == "Redis at h:6380"


def test_other_parts_never_give_the_same_key():
    server = RedisServer("redis://h", "c")
    parts = [("a", "b", "c"), ("a:b", "", "c"), ("a", "b:", "c"), ("a%3Ab", "", "c"), ("a", "", "b:c"), ("a", "", "c")]
    assert len({server.key(*one) for one in parts}) == len(parts)
    assert server.key("state") == "c:state"


def test_databases_of_one_server_do_not_hear_each_other():
    assert RedisServer("redis://h/1", "c").channel("x") != RedisServer("redis://h/2", "c").channel("x")


@pytest.mark.parametrize(("seconds", "expected"), [(1, 1000), (0.0001, 1), (1.0001, 1001)])
def test_times_are_whole_milliseconds_and_never_none(seconds, expected):
    assert milliseconds(seconds) == expected


async def test_before_it_is_open_and_after_it_is_closed_every_call_says_so(redis_server):
    server = RedisServer(redis_server.url, "test")
    with pytest.raises(StorageUnavailable, match="is not open"):
        await ping(server)
    server.open()
    with pytest.raises(StorageUnavailable, match="there was no contact yet"):
        await ping(server)
    await server.close()
    await server.close()
    with pytest.raises(StorageUnavailable, match="is closed"):
        await ping(server)


async def test_a_server_that_hangs_is_given_up_and_then_not_waited_for(server, redis_server):
    assert await ping(server)
    redis_server.pause()
    async with asyncio.timeout(5):
        results = await asyncio.gather(*(ping(server) for _ in range(100)), return_exceptions=True)
    assert {type(one) for one in results} == {StorageUnavailable}
    assert "does not answer within 1 s" in server.reason
    assert server.doubted.is_set()
    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(StorageUnavailable, match="does not answer"):
            await ping(server)
    assert time.monotonic() - began < 1  # not one of them waited
    redis_server.resume()
    assert await server.attempt(lambda client: client.ping())
    server.found()
    assert await ping(server)


async def test_a_server_that_is_gone_is_said(server, redis_server):
    redis_server.kill()
    with pytest.raises(StorageUnavailable, match=f"Redis at 127.0.0.1:{redis_server.port}: "):
        await ping(server)
    redis_server.start()
    assert await server.attempt(lambda client: client.ping())


async def test_an_operation_that_was_cancelled_leaves_no_answer_for_the_next_one(server):
    for _ in range(20):
        call = asyncio.create_task(server.call(lambda client: client.set("test:k", "x")))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert await server.call(lambda client: client.echo("own")) == b"own"


async def test_a_server_without_memory_refuses_one_write_and_is_not_away(tmp_path, redis_server):
    with running(tmp_path / "small", "--maxmemory", "2mb") as small:
        server = RedisServer(small.url, "test")
        server.open()
        server.found()
        with pytest.raises(StorageUnavailable, match="it has no memory left for this: raise its maxmemory"):
            for number in range(1000):
                await server.call(lambda client, number=number: client.set(f"test:{number}", "x" * 10_000))
        assert server.reason == ""
        assert await server.call(lambda client: client.get("test:0")) is not None
        await server.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis://127.0.0.1:{port}", "it does not let us in: look at the user and the password"),
        ("redis://:wrong@127.0.0.1:{port}", "it does not let us in: look at the user and the password"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_said_without_a_password(tmp_path, redis_server, url, message):
    with running(tmp_path / "guarded", password="hush") as guarded:
        server = RedisServer(url.format(port=guarded.port), "test")
        server.open()
        with pytest.raises(StorageUnavailable, match=message) as raised:
            await server.attempt(lambda client: client.ping())
        assert is_refusal(raised.value.__cause__)
        assert "wrong@" not in str(raised.value)
        await server.close()


async def test_another_threads_loop_may_call_too(server):
    found = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(ping(server))))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert found == [True]


async def test_a_loop_that_is_blocked_by_another_loops_call_is_an_error_and_no_deadlock(server):
    found = []

    def call():
        try:
            asyncio.run(ping(server))
        except StorageUnavailable as error:
            found.append(str(error))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(10)  # blocks this loop, as a synchronous LLM call in it would
    assert found == [f"{server.name}: the event loop that opened it is blocked"]


async def test_a_loop_that_is_closed_is_said(redis_server):
    server = RedisServer(redis_server.url, "test")

    async def open_elsewhere():
        server.open()
        server.found()

    await asyncio.to_thread(asyncio.run, open_elsewhere())
    with pytest.raises(StorageUnavailable, match="the event loop that opened it is closed"):
        await ping(server)


async def test_a_server_that_forgot_the_scripts_gets_them_again(server, redis_server):
    from routeiq.storage.redis.scripts import LEASE

    assert await server.run(LEASE, ["test:lease"], "a", 1000) == 1
    redis_server.command("SCRIPT", "FLUSH")
    assert await server.run(LEASE, ["test:lease"], "b", 1000) == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("certificate")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *words.split(), "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


async def test_a_server_behind_tls_is_reached_if_its_certificate_is_trusted(tmp_path, redis_server, certificate):
    cert, key = map(str, certificate)
    port = free_port()
    options = "--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"
    with running(tmp_path / "tls", *options):
        trusting = RedisServer(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={cert}", "test")
        trusting.open()
        assert await trusting.attempt(lambda client: client.ping())
        await trusting.close()
        suspicious = RedisServer(f"rediss://127.0.0.1:{port}/0", "test")
        suspicious.open()
        with pytest.raises(StorageUnavailable, match="certificate"):
            await suspicious.attempt(lambda client: client.ping())
        await suspicious.close()
