"""What workers tell each other of open circuits."""

from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.circuit_breaker.sharing import open_elsewhere, tell


async def test_an_open_circuit_is_told_to_the_others_for_its_time():
    context = MockPluginContext()
    storage = context.storage
    await tell(storage, {"a": 10, "b": 20, "c": 0}, [], "one")
    assert await open_elsewhere(storage, ["a", "b", "c", "d"], "two") == ["a", "b"]
    assert await open_elsewhere(storage, ["a", "b"], "one") == []
    await context.advance_time(11)
    assert await open_elsewhere(storage, ["a", "b"], "two") == ["b"]
    await tell(storage, {}, ["b", "never"], "one")
    assert await open_elsewhere(storage, ["a", "b"], "two") == []
