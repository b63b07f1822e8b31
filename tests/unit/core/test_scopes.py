"""Which instances each part of a request allows."""

import pytest
from routeiq_plugin_sdk import Headers, LLMCall, PluginRequest, Principal

from routeiq.core.scopes import MOST_COMBINATIONS, Scopes, bits_of
from routeiq.core.when import Stage, When


class Bench:
    """Scopes by name, and what they allow."""

    def __init__(self, **scopes):
        self.names = list(scopes)
        self.failures = []
        whens = [When.model_validate(scope) for scope in scopes.values()]
        self.scopes = Scopes(whens, lambda *failure: self.failures.append(failure))

    def told(self, mask):
        return {self.names[bit] for bit in bits_of(mask)}

    def at_entry(self, path="/", headers=(), **more):
        return self.told(self.scopes.at_entry(PluginRequest.mock(path=path, headers=headers, **more)))

    def identified(self, principal=None):
        request = PluginRequest.mock(principal=None if principal is None else Principal(principal))
        return self.told(self.scopes.identified(self.scopes.everything, request))

    def routed(self, model, **more):
        return self.told(self.scopes.routed(self.scopes.everything, LLMCall("c", "chat", model, **more)))


def test_bits_are_told_lowest_first():
    assert list(bits_of(0b1011)) == [0, 1, 3]
    assert list(bits_of(0)) == []


def test_paths():
    bench = Bench(one={"path": "/v1/chat"}, all={"path": ["/v1/*", "/v2"]}, other={"model": "m"})
    assert bench.at_entry("/v1/chat") == {"one", "all", "other"}
    assert bench.at_entry("/v1/x") == {"all", "other"}
    assert bench.at_entry("/v2") == {"all", "other"}
    assert bench.at_entry("/v2/") == {"other"}
    assert bench.at_entry("/V1/chat") == {"other"}


def test_headers():
    bench = Bench(
        acme={"header": {"x-tenant": "acme"}},
        a={"header": {"x-tenant": "a*"}},
        both={"header": {"x-tenant": ["acme", "b"], "x-tier": "*"}},
        free={"path": "*"},
    )
    assert bench.at_entry() == {"free"}
    assert bench.at_entry(headers={"X-Tenant": "acme"}) == {"acme", "a", "free"}
    assert bench.at_entry(headers={"x-tenant": "b", "x-tier": "1"}) == {"both", "free"}
    assert bench.at_entry(headers={"x-tier": "1"}) == {"free"}
    assert bench.at_entry(headers={"x-other": "acme"}) == {"free"}


def test_a_header_that_stands_twice_matches_by_one_of_its_values():
    bench = Bench(acme={"header": {"x-tenant": "acme"}}, two={"header": {"x-tenant": "b", "y": "1"}})
    assert bench.at_entry(headers=[("x-tenant", "b"), ("x-tenant", "acme")]) == {"acme"}
    assert bench.at_entry(headers=[("x-tenant", "acme"), ("y", "1"), ("x-tenant", "b")]) == {"acme", "two"}


def test_a_header_may_hold_any_bytes():
    bench = Bench(odd={"header": {"a": "\xe4*"}})
    request = PluginRequest("r", "GET", "/", Headers(((b"a", b"\xe4\xff"),)), {}, {})
    assert bench.told(bench.scopes.at_entry(request)) == {"odd"}


def test_combinations_of_headers_that_are_remembered_have_an_end():
    names = [f"h{number}" for number in range(12)]
    bench = Bench(**{name: {"header": {name: "1"}} for name in names})
    for number in range(1 << len(names)):
        sent = {name: "1" for bit, name in enumerate(names) if number >> bit & 1}
        assert bench.at_entry(headers=sent) == sent.keys()
    assert len(bench.scopes._headers._by_presence) <= MOST_COMBINATIONS


def test_keys():
    bench = Bench(a={"key": "team-a"}, any={"key": "team-*"}, free={"path": "/"})
    assert bench.identified("team-a") == {"a", "any", "free"}
    assert bench.identified("team-b") == {"any", "free"}
    assert bench.identified() == {"free"}


def test_models():
    bench = Bench(gpt={"model": ["gpt-4*", "o1"]}, mini={"model": "*mini"}, free={"key": "a"})
    assert bench.routed("gpt-4o-mini") == {"gpt", "mini", "free"}
    assert bench.routed("o1") == {"gpt", "free"}
    assert bench.routed("llama") == {"free"}


def test_all_parts_must_hold_each_at_its_time():
    bench = Bench(x={"path": "/a", "header": {"h": "1"}, "key": "k", "model": "m"})
    assert bench.at_entry("/a", {"h": "1"}) == {"x"}
    assert bench.at_entry("/a") == set()
    assert bench.identified("k") == {"x"}
    assert bench.routed("m") == {"x"}


def test_what_takes_part_from_when_on_is_known():
    bench = Bench(entry={"path": "/a"}, key={"key": "a"}, model={"model": "a"}, both={"model": "a", "path": "/"})
    assert bench.told(bench.scopes.by_stage[Stage.ENTRY]) == {"entry"}
    assert bench.told(bench.scopes.by_stage[Stage.IDENTIFIED]) == {"entry", "key"}
    assert bench.told(bench.scopes.by_stage[Stage.ROUTED]) == {"entry", "key", "model", "both"}
    assert bench.told(bench.scopes.outside) == {"model"}


class TestConditions:
    @pytest.fixture(autouse=True)
    def _with_cel(self):
        pytest.importorskip("cel", reason="needs routeiq[cel]")

    def test_each_is_asked_when_all_that_it_needs_is_known(self):
        bench = Bench(
            entry={"condition": "request.method == 'POST'"},
            key={"condition": "principal.id == 'a' && request.path == '/'"},
            call={"condition": "stream"},
        )
        assert bench.at_entry(method="POST") == {"entry", "key", "call"}
        assert bench.at_entry() == {"key", "call"}
        assert bench.identified("a") == {"entry", "key", "call"}
        assert bench.identified() == {"entry", "call"}
        assert bench.routed("m", stream=True) == {"entry", "key", "call"}
        assert bench.routed("m") == {"entry", "key"}

    def test_one_is_asked_once_for_all_who_have_it_and_not_where_another_part_fails(self):
        failing = "size(request.query) > 0 && int(request.query['a']) > 1"
        bench = Bench(
            here={"path": "/a", "condition": failing},
            too={"path": "/a", "condition": failing},
            there={"path": "/b", "condition": failing + " || false"},
        )
        assert bench.at_entry("/a", query={"a": "x"}) == {"here", "too"}
        [(source, instances, error)] = bench.failures
        assert (source, bench.told(instances)) == (failing, {"here", "too"})
        assert isinstance(error, Exception)
