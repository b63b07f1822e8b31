"""What a configuration makes of a plugin: hooks that are not called, windows of another size, refusals."""

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import Adaptation, PluginCapability, PluginMetadata, StreamWindow, hookimpl
from routeiq_plugin_sdk.testing import ConfigRefused, PluginNotStarted, PluginTestHarness


class Config(BaseModel):
    """What the plugin of these tests can be told."""

    word: str = ""
    bodies: bool = False


def adapt(config):
    if config.word == "impossible":
        raise ValueError("'impossible' is no word: name another one")
    if config.word == "wrong":
        return "no adaptation"
    if config.word in ("nothing", "startup"):
        return Adaptation(unused_hooks=[config.word])
    unused = {"llm_stream_window"} if not config.word else set()
    unused |= set() if config.bodies else {"request_body"}
    return Adaptation(StreamWindow(size=50, overlap=len(config.word), max_hold=len(config.word) + 1), unused)


class Guard:
    """Has hooks that are not always needed."""

    metadata = PluginMetadata(
        name="guard",
        capabilities={PluginCapability.MIDDLEWARE},
        config_schema=Config,
        stream_window=StreamWindow(),
        adapt=adapt,
    )

    @hookimpl
    def startup(self, app): ...

    @hookimpl
    def request_body(self, body): ...

    @hookimpl
    def llm_stream_window(self, window): ...


def test_hooks_without_use_are_not_called_and_shown_as_inactive():
    with PluginTestHarness(Guard) as harness:
        assert harness.status["guard"].inactive_hooks == ("llm_stream_window", "request_body")
        assert harness.llm_call("hello", stream=True).text == "hello"
        assert harness.called() == ["startup"]
        assert harness.manager.records["guard"].to_dict()["inactive_hooks"] == ["llm_stream_window", "request_body"]
        harness.change_config(word="hello", bodies=True)
        assert harness.llm_call("hello", stream=True).text == "hello"
        assert "inactive" not in str(harness.status["guard"].inactive_hooks)
        assert set(harness.called()[1:]) == {"request_body", "llm_stream_window"}


def test_windows_are_as_large_as_the_configuration_needs():
    with PluginTestHarness(Guard, config={"word": "secret"}) as harness:
        harness.llm_call("hello there, stranger", stream=True)
        texts = [call.arguments["window"].text for call in harness.calls if call.hook == "llm_stream_window"]
        assert texts == ["hello there,", "there, stranger", "ranger"]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("impossible", "'impossible' is no word: name another one"),
        ("wrong", r"adapt\(\) failed: TypeError: it must return an Adaptation, not str"),
        ("nothing", "it names 'nothing' unused, which is no hook of the plugin"),
        ("startup", "it names 'startup' unused, which is called in any case"),
    ],
)
def test_what_cannot_be_is_refused_at_the_start_and_later(word, reason):
    with pytest.raises(PluginNotStarted, match=reason), PluginTestHarness(Guard, config={"word": word}):
        pass
    with PluginTestHarness(Guard) as harness:
        with pytest.raises(ConfigRefused, match=reason):
            harness.change_config(word=word)
        assert harness.context.config.word == ""
