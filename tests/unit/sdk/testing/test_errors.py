from __future__ import annotations

from routeiq_plugin_sdk.testing import ArgumentChanged, ConfigRefused, HarnessError, HostNotInstalled, PluginNotStarted


def test_each_says_which_plugin_and_what_to_do() -> None:
    changed = ArgumentChanged("p", "llm_pre_call", "messages", "messages[0] was removed")
    assert str(changed) == (
        "plugin 'p' changed the argument 'messages' of its hook llm_pre_call(), which is read-only: messages[0] was"
        " removed. Make a copy, and return that: only what a hook returns changes anything."
    )
    assert isinstance(changed, AssertionError)
    assert str(PluginNotStarted("p", "why")) == "plugin 'p' did not start: why"
    assert str(ConfigRefused("p", "why")) == "plugin 'p': the configuration is refused: why"


def test_what_the_harness_cannot_do_has_one_root() -> None:
    assert all(issubclass(error, HarnessError) for error in (ConfigRefused, HostNotInstalled, PluginNotStarted))
