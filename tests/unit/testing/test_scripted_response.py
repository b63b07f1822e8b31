"""A response that is there already."""

import pytest

from routeiq.testing.scripted_response import EVENTS, ScriptedResponse
from routeiq.transport import ConnectionClosed, Target

TARGET = Target.parse("https://files.test/mcp")


async def test_it_is_read_whole_or_piece_by_piece():
    response = ScriptedResponse(TARGET, 200, EVENTS, [b"a", b"b"], {"x-own": "1"})
    assert [piece async for piece in response.chunks()] == [b"a", b"b"]
    assert await response.read() == b"ab"
    assert response.headers == [(b"content-type", EVENTS), (b"x-own", b"1")]
    await response.close()


async def test_it_breaks_where_the_test_says_so():
    with pytest.raises(ConnectionClosed):
        await ScriptedResponse(TARGET, 200, EVENTS, [b"a"], broken=True).read()
