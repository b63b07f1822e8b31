"""Connections: documents each way, and the end of one side seen by the other."""

import asyncio
import os
import socket
import struct

import pytest

from routeiq.gateway.group import connection as module
from routeiq.gateway.group.connection import Connection, is_own
from routeiq.gateway.group.errors import BrokenFrame, ConversationLost


@pytest.fixture
async def pair():
    """The two ends of a connection."""
    loop = asyncio.get_running_loop()
    one, other = socket.socketpair()
    _, mine = await loop.create_unix_connection(Connection, sock=one)
    _, theirs = await loop.create_unix_connection(Connection, sock=other)
    yield mine, theirs
    mine.close()
    theirs.close()


async def test_documents_go_both_ways(pair):
    mine, theirs = pair
    await mine.send({"a": 1})
    await theirs.send(["b"])
    assert await theirs.receive() == {"a": 1}
    assert await mine.receive() == ["b"]


async def test_what_was_sent_before_the_end_is_received_and_then_the_loss(pair):
    mine, theirs = pair
    for number in range(3):
        await mine.send(number)
    mine.close()
    await theirs.wait_lost()
    assert [await theirs.receive() for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ConversationLost):
        await theirs.receive()
    with pytest.raises(ConversationLost):
        await theirs.send(1)
    with pytest.raises(ConversationLost):
        await mine.send(1)


async def test_who_waits_is_woken_by_the_loss(pair):
    mine, theirs = pair
    waiting = asyncio.create_task(theirs.receive())
    await asyncio.sleep(0)
    mine.close()
    with pytest.raises(ConversationLost):
        await waiting


async def test_a_receive_that_is_given_up_loses_nothing(pair):
    mine, theirs = pair
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await theirs.receive()
    await mine.send("kept")
    assert await theirs.receive() == "kept"


async def test_a_sender_waits_for_a_slow_reader_and_all_arrives(pair):
    mine, theirs = pair
    large = "x" * 500_000

    async def send():
        for number in range(200):
            await mine.send([number, large])

    sending = asyncio.create_task(send())
    await asyncio.sleep(0.2)
    assert not sending.done()
    received = [(await theirs.receive())[0] for _ in range(200)]
    await sending
    assert received == list(range(200))


async def test_a_sender_that_waits_is_woken_by_the_loss(pair):
    mine, theirs = pair

    async def send():
        while True:
            await mine.send("x" * 500_000)

    sending = asyncio.create_task(send())
    await asyncio.sleep(0.05)
    theirs.close()
    with pytest.raises(ConversationLost):
        await sending


async def test_bytes_that_are_no_frame_end_it():
    one, other = socket.socketpair()
    _, mine = await asyncio.get_running_loop().create_unix_connection(Connection, sock=one)
    other.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(ConversationLost):
        await mine.receive()
    other.close()


async def test_what_cannot_be_sent_leaves_the_connection_as_it_was(pair, monkeypatch):
    mine, theirs = pair
    with pytest.raises(TypeError):
        await mine.send(object())
    with monkeypatch.context() as patch:
        patch.setattr("routeiq.gateway.group.frames.MAX_FRAME", 3)
        with pytest.raises(BrokenFrame):
            await mine.send("long")
    await mine.send("x")
    assert await theirs.receive() == "x"


async def test_a_process_of_another_user_is_not_heard(monkeypatch):
    accepted = []
    monkeypatch.setattr(module, "is_own", lambda _: False)
    one, other = socket.socketpair()
    _, connection = await asyncio.get_running_loop().create_unix_connection(
        lambda: Connection(accepted.append), sock=one
    )
    await connection.wait_lost()
    assert (accepted, other.recv(1)) == ([], b"")
    other.close()


async def test_a_process_of_this_user_is_accepted():
    accepted = []
    one, other = socket.socketpair()
    _, connection = await asyncio.get_running_loop().create_unix_connection(
        lambda: Connection(accepted.append), sock=one
    )
    assert accepted == [connection]
    connection.close()
    other.close()


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not tell who is at the other end")
def test_who_is_at_the_other_end_is_asked_of_the_system(monkeypatch):
    one, other = socket.socketpair()
    with one, other:
        assert is_own(one)
        assert struct.unpack("iII", one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0] == os.getpid()
        monkeypatch.setattr(os, "geteuid", lambda: 12_345_678)
        assert not is_own(one)


def test_where_the_system_does_not_tell_the_directory_is_trusted(monkeypatch):
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    assert is_own(None)
