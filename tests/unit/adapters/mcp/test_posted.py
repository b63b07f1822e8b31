"""The body of a POST, read."""

import orjson
import pytest
from tests.fakes.mcp_relay import call

from routeiq.adapters.mcp.posted import Posted
from routeiq.core.jsonrpc import RPCError

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def read(document, *, guarded=True):
    posted = Posted(document if isinstance(document, bytes) else orjson.dumps(document), guarded=guarded)
    posted.calls = posted.checked([])
    return posted


def test_messages_that_call_tools_are_found():
    posted = read([call(id=1), PING | {"id": 2}, call(None, 3, "other")])
    assert [(message["id"], tool) for message, tool, _ in posted.calls] == [(1, "search"), (3, "other")]
    assert (posted.ids, posted.id, posted.is_batch, posted.method()) == ([1, 2, 3], None, True, "")
    alone = read(PING)
    assert (alone.id, alone.method(), alone.calls, alone.notifies) == (1, "ping", [], False)
    assert read({"jsonrpc": "2.0", "method": "notifications/initialized"}).notifies


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", -32700),
        (b'{"method": NaN}', -32700),
        ([], -32600),
        ({"Method": "tools/call"}, -32600),
        ({**call(), "PARAMS": {}}, -32600),
        (call() | {"id": None}, -32600),
        ({"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "x"}}, -32600),
        (call() | {"params": [1]}, -32602),
        (call(arguments=[1]), -32602),
        (call(tool=7), -32602),
        (call(Arguments={}), -32600),
        ([call(), PING], -32600),
    ],
)
def test_what_a_server_could_take_for_a_call_that_plugins_did_not_see_is_refused(document, code):
    with pytest.raises(RPCError) as caught:
        read(document)
    assert (caught.value.code, caught.value.status) == (code, 400)


@pytest.mark.parametrize("document", [b"{", b"[]", b'{"Method": "tools/call"}', orjson.dumps(call(tool=7))])
def test_where_no_plugin_judges_it_is_the_servers_to_say_what_is_wrong(document):
    posted = read(document, guarded=False)
    assert posted.calls == []
    assert posted.outgoing([], []) == document


def test_of_a_key_that_stands_there_twice_the_server_gets_the_one_that_plugins_saw():
    raw = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping"}'
    posted = read(raw)
    assert posted.calls == []
    assert orjson.loads(posted.outgoing([], [])) == PING
    assert posted.outgoing([], []) != raw
