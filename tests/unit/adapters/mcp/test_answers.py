"""A server's answer: which response belongs to which call."""

import pytest
from tests.fakes.mcp_relay import event, result

from routeiq.adapters.mcp.answers import Answers
from routeiq.core.dialects.sse import Fragment
from routeiq.core.remote_calls import RemoteError


class Call:
    """A call that takes any response."""

    def __init__(self, id):
        self.id, self.settled, self.noted = id, False, None

    async def answer(self, response):
        self.settled = True
        return {**response, "by": self.id}

    def note(self, response):
        self.settled, self.noted = True, response

    def fail(self, error):
        self.settled, self.noted = True, error


def answers(*ids, further=()):
    calls = [Call(one) for one in ids]
    return Answers(calls, [*ids, *further]), calls


async def test_the_only_call_gets_any_response():
    found, (call,) = answers(1)
    assert (await found.judged(result(id="other")))["by"] == 1
    assert await found.judged(result(id=1)) is None
    assert call.settled


async def test_of_several_each_gets_its_own_and_ids_have_types():
    found, _ = answers(1, "1", further=[5])
    document = [result(id="1"), result(id=5), result(id=6), result(id=1), {"jsonrpc": "2.0", "method": "x"}]
    judged = await found.judged(document)
    assert [(one.get("id"), one.get("by")) for one in judged] == [("1", "1"), (5, None), (1, 1), (None, None)]
    assert await found.judged([result(id=6)]) is None


async def test_an_error_without_an_id_passes():
    found, _ = answers(1, 2)
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32600}}
    assert await found.judged(error) == error


@pytest.mark.parametrize("frame", [b"data: {\n\n", b"data: 1\n\n", event({"Result": {}}), Fragment(b"data: {}")])
async def test_what_some_client_could_take_for_a_result_does_not_pass(frame):
    found, _ = answers(1)
    with pytest.raises(RemoteError):
        await found.judged_frame(frame)


async def test_a_frame_keeps_its_other_lines():
    found, _ = answers(1)
    frame = b"id: 7\r\nevent: message\r\n" + event(result())[15:].replace(b"\n", b"\r\n")
    judged = await found.judged_frame(frame)
    assert judged.startswith(b"id: 7\r\nevent: message\r\ndata: ")
    assert judged.endswith(b'"by":1}\r\n\r\n')
    assert await found.judged_frame(event(result())) == b""
    assert await found.judged_frame(b"id: 8\n\n") == b"id: 8\n\n"


async def test_a_body_has_the_responses_that_are_not_the_servers_too():
    found, _ = answers(1, 2)
    body = await found.judged_body(b'{"id":1,"result":{}}', [{"id": 2}])
    assert body == b'[{"id":1,"result":{},"by":1},{"id":2}]'
    with pytest.raises(RemoteError):
        await found.judged_body(b'{"id":9,"result":{}}')


def test_what_passes_as_it_is_is_noted_for_its_end():
    found, (one, two) = answers(1, 2)
    for data in (b"", b"{", b'"result"', b'{"id":1,"method":"result"}', b'[{"id":1,"result":{}},{"id":3,"result":{}}]'):
        found.note(data)
    assert one.noted == {"id": 1, "result": {}}
    two.note = lambda response: (_ for _ in ()).throw(RemoteError("x", "y"))
    found.note(b'{"id":2,"result":1}')
    assert two.noted.code == "x"
