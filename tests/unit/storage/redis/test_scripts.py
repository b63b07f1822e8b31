"""The scripts are those that the server knows by the same hash; what they do is shown by whoever runs them."""

import pytest

pytest.importorskip("redis", reason="needs routeiq[redis]")

from routeiq.storage.redis import scripts

ALL = {name: value for name, value in vars(scripts).items() if isinstance(value, scripts.Script)}


@pytest.mark.parametrize("name", ALL)
def test_a_script_is_known_by_its_hash(redis_server, name):
    redis_server.command("SCRIPT", "LOAD", ALL[name].text)
    answer = redis_server.command("EVALSHA", ALL[name].digest, "0")
    assert answer.startswith(b"-")
    assert b"NOSCRIPT" not in answer
