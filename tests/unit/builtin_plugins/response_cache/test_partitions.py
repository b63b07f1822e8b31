"""Who shares answers with whom."""

from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, PluginRequest, Principal

from routeiq_builtin_plugins.response_cache.partitions import partition

NAMES = st.text(max_size=3)
PRINCIPALS = st.builds(
    lambda name, tenant: Principal(name, metadata={} if tenant is None else {"team": tenant}), NAMES, st.none() | NAMES
)


def of(principal=None, share="key", **headers):
    request = PluginRequest.mock(principal=principal, headers={k.replace("_", "-"): v for k, v in headers.items()})
    return partition(LLMCall("c", "chat", "m", request=request), share, "team")


@given(PRINCIPALS, PRINCIPALS)
def test_two_share_by_key_only_if_they_are_one_and_by_tenant_only_if_that_is(one, other):
    assert (of(one) == of(other)) == (one.id == other.id)
    tenants = one.metadata.get("team") or None, other.metadata.get("team") or None
    same = tenants[0] == tenants[1] if all(tenants) else not any(tenants) and one.id == other.id
    assert (of(one, "tenant") == of(other, "tenant")) == same


def test_who_has_no_tenant_shares_with_nobody_whatever_its_name():
    assert of(Principal("x"), "tenant") != of(Principal("y", metadata={"team": "x"}), "tenant")


def test_clients_that_nobody_names_are_apart_by_what_they_show():
    shown = [of(), of(authorization="Bearer a"), of(authorization="Bearer b"), of(x_api_key="Bearer a")]
    assert len(set(shown)) == 4
    assert of(accept="x") == of()
    assert "Bearer" not in repr(shown)


def test_all_is_one():
    assert of(Principal("a"), "all") == of(None, "all") == of(None, "all", authorization="b")


def test_a_call_outside_http():
    call = LLMCall("c", "chat", "m", principal=Principal("ann"))
    assert partition(call, "key", "team") == of(Principal("ann"))
    assert partition(LLMCall("c", "chat", "m"), "key", "team") == of()
