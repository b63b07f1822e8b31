"""What may load."""

from routeiq_plugin_sdk import PluginCapability

from routeiq.core.policy import normalized, refusal_before_import, refusal_of_capabilities
from routeiq.core.settings import ManagerSettings


def test_without_an_allowlist_everything_may_load_and_with_an_empty_one_nothing():
    assert refusal_before_import(ManagerSettings(), ("p",)) is None
    assert "p" in refusal_before_import(ManagerSettings(allowlist=frozenset()), ("p", None))


def test_distribution_names_are_compared_in_their_normal_form():
    assert normalized("My_Plugin..X") == "my-plugin-x"
    settings = ManagerSettings(allowlist=frozenset({"My_Dist"}))
    assert refusal_before_import(settings, ("p", "my-dist")) is None


def test_a_refusal_names_what_to_add():
    reason = refusal_before_import(ManagerSettings(allowlist=frozenset({"x"})), ("p", "dist-p"))
    assert "'p'" in reason
    assert "'dist-p'" in reason


def test_capabilities_beyond_the_allowed_ones_are_named():
    settings = ManagerSettings(allowed_capabilities=frozenset({PluginCapability.ROUTES}))
    assert refusal_of_capabilities(settings, frozenset({PluginCapability.ROUTES})) is None
    reason = refusal_of_capabilities(settings, frozenset({PluginCapability.ROUTES, PluginCapability.AUTH_PROVIDER}))
    assert "AUTH_PROVIDER" in reason
    assert "allows ROUTES" in reason
    none = ManagerSettings(allowed_capabilities=frozenset())
    assert "allows none" in refusal_of_capabilities(none, frozenset({PluginCapability.ROUTES}))
