"""Plans that are chosen for each request."""

import asyncio
import gc
import threading
import types
import weakref

import pytest
from routeiq_plugin_sdk import (
    Headers,
    LLMCall,
    PluginCapability,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    Principal,
    StreamWindow,
    hookimpl,
)

from routeiq.core.errors import ConfigurationError
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.records import PluginState
from routeiq.core.selections import MOST_SETS
from routeiq.core.settings import ManagerSettings, PluginOverride


def plugin(name, *hooks, **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, version="1", capabilities=frozenset(PluginCapability), **metadata)
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


def request(request): ...


async def authenticate(request): ...


def response(response): ...


def llm_pre_call(kwargs): ...


@pytest.fixture
async def running():
    """running(plugin, ..., name={override}): a running manager; `_` in a name stands for `#`."""
    managers = []

    async def running(*plugins, start=True, **overrides):
        words = {name.replace("_", "#"): PluginOverride.model_validate(word) for name, word in overrides.items()}
        manager = PluginManager(ManagerSettings(plugins=words, quarantine_after=1, quarantine_cooldown=60))
        for one in plugins:
            names = [name for name in words if name.partition("#")[0] == one.metadata.name] or [one.metadata.name]
            for name in names:
                manager.register(one, name=name)
        if start:
            await manager.start()
        managers.append(manager)
        return manager

    yield running
    for manager in managers:
        await manager.stop()


def asked(path="/", principal=None, **headers):
    raw = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return PluginRequest("r", "GET", path, Headers(raw), {}, {}, principal)


def names(plan):
    return () if plan is None else plan.plugins


async def test_where_nothing_is_narrowed_there_is_nothing_to_choose(running):
    manager = await running(plugin("p", request), p={"priority": 3})
    assert manager.plans.scopes is None
    assert manager.plans.choice.final


async def test_plans_are_chosen_at_entry_by_identity_and_by_model(running):
    manager = await running(
        plugin("p", request, response, llm_pre_call),
        plugin("all", request, response, llm_pre_call, priority=1),
        p_path={"when": {"path": "/a*"}},
        p_key={"when": {"key": "team-a"}},
        p_model={"when": {"model": "gpt*"}},
    )
    scopes = manager.plans.scopes
    entry = scopes.at_entry(asked("/a"))
    assert names(entry.request) == ("all", "p#path")
    known = scopes.identified(entry, asked("/a", Principal("team-a")))
    assert names(known.request) == ("all", "p#key", "p#path")
    assert names(known.response) == ("p#path", "p#key", "all")
    call = LLMCall("c", "chat", "gpt-4")
    routed = scopes.routed(known, call)
    assert names(routed.llm_pre_call) == ("all", "p#key", "p#model", "p#path")
    other = scopes.routed(routed, LLMCall("c", "chat", "llama"))
    assert names(other.llm_pre_call) == ("all", "p#key", "p#path")
    assert not entry.choice.final
    assert not known.choice.final
    assert routed.choice.final
    assert scopes.at_entry(asked("/a")) is entry
    assert scopes.routed(known, call) is routed


async def test_the_plans_in_force_are_those_of_what_is_not_narrowed(running):
    manager = await running(plugin("p", request), plugin("all", request), p_a={"when": {"path": "/"}})
    assert names(manager.plans.request) == ("all",)
    assert manager.plans.scopes.phases == {"request"}


async def test_outside_of_requests_what_is_narrowed_to_some_takes_no_part(running):
    manager = await running(
        plugin("p", llm_pre_call), p_path={"when": {"path": "*", "model": "*"}}, p_model={"when": {"model": "gpt*"}}
    )
    activity = Activity("a")
    plans = manager.plans_of(activity)
    assert names(plans.scopes.routed(plans, LLMCall("c", "chat", "gpt-4")).llm_pre_call) == ("p#model",)
    assert names(plans.scopes.routed(plans, LLMCall("c", "chat", "x")).llm_pre_call) == ()
    activity.request = asked("/x")
    plans = manager.plans_of(activity)
    assert names(plans.scopes.routed(plans, LLMCall("c", "chat", "gpt-4")).llm_pre_call) == ("p#model", "p#path")
    activity.plans = plans
    assert manager.plans_of(activity) is plans


async def test_who_shares_its_plans_with_others_shares_the_compiled_ones(running):
    manager = await running(plugin("p", request), plugin("all", response), p_a={"when": {"path": "/a"}})
    scopes = manager.plans.scopes
    assert scopes.at_entry(asked("/a")).response is scopes.at_entry(asked("/b")).response is manager.plans.response


async def test_plans_that_are_kept_are_the_same_and_final(running):
    manager = await running(plugin("p", request), p_a={"when": {"path": "/a"}}, p_b={"when": {"model": "x"}})
    scopes = manager.plans.scopes
    entry = scopes.at_entry(asked("/a"))
    kept = scopes.kept(entry)
    assert kept.choice.final
    assert kept.request is entry.request
    assert scopes.kept(kept) is kept


async def test_routes_and_windows_are_chosen_too(running):
    class Route:
        def matches(self, scope): ...

        def handle(self, scope, receive, send): ...

    def register_routes(context):
        return [Route()] if context.plugin == "p#a" else []

    def llm_stream_window(window): ...

    guard = plugin("g", llm_stream_window, stream_window=StreamWindow(size=10, overlap=1))
    manager = await running(
        plugin("p", register_routes), guard, p_a={"when": {"path": "/a"}}, p_b={}, g_x={"when": {"model": "m"}}
    )
    scopes = manager.plans.scopes
    assert len(scopes.at_entry(asked("/a")).routes) == 1
    plans = scopes.at_entry(asked("/b"))
    assert plans.routes == plans.windows == ()
    [window] = scopes.routed(plans, LLMCall("c", "chat", "m")).windows
    assert window.plan.plugins == ("g#x",)


class TestAuthentication:
    async def test_it_is_asked_for_where_a_provider_is_chosen(self, running):
        manager = await running(plugin("auth", authenticate), auth_v1={"when": {"path": "/v1/*"}})
        scopes = manager.plans.scopes
        assert scopes.at_entry(asked("/v1/x")).authenticates
        assert not scopes.at_entry(asked("/x")).authenticates
        assert manager.plans.authenticates

    async def test_it_is_asked_for_everywhere_if_one_provider_is_for_all(self, running):
        manager = await running(plugin("auth", authenticate), auth={}, auth_v1={"when": {"path": "/v1/*"}})
        assert manager.plans.scopes.at_entry(asked("/x")).authenticates

    async def test_a_provider_that_is_gone_leaves_the_door_shut_where_it_stood(self, running):
        def startup(app):
            raise ValueError("no")

        manager = await running(
            plugin("auth", authenticate, startup), plugin("p", request), auth_v1={"when": {"path": "/v1/*"}}
        )
        assert manager.records["auth#v1"].state is PluginState.FAILED
        scopes = manager.plans.scopes
        plans = scopes.at_entry(asked("/v1/x"))
        assert (plans.authenticates, names(plans.authenticate)) == (True, ())
        assert not scopes.at_entry(asked("/x")).authenticates

    @pytest.mark.parametrize("when", [{"key": "a"}, {"model": "a"}, {"path": "/a", "key": "a"}])
    async def test_a_provider_cannot_be_narrowed_by_what_it_finds_out(self, running, when):
        manager = await running(plugin("auth", authenticate), start=False, auth_a={"when": when})
        part = "model" if "model" in when else "key"
        with pytest.raises(ConfigurationError, match=rf"settings: plugins\.auth#a\.when\.{part}: .*never be asked"):
            await manager.start()

    async def test_nor_while_it_is_gone(self, running):
        def startup(app):
            raise ValueError("no")

        manager = await running(plugin("auth", authenticate, startup), auth_a={"when": {"path": "/v1/*"}})

        def edit(desired):
            words = {"auth#a": PluginOverride.model_validate({"when": {"key": "x"}})}
            return type(desired)(words, desired.overlays, desired.files)

        with pytest.raises(ConfigurationError, match="never be asked"):
            await manager.prepare(edit)
        assert manager.plans.scopes.at_entry(asked("/v1/x")).authenticates

    async def test_nor_by_a_condition_over_it(self, running):
        pytest.importorskip("cel", reason="needs routeiq[cel]")
        manager = await running(
            plugin("auth", authenticate), start=False, auth_a={"when": {"condition": "principal.id == 'a'"}}
        )
        with pytest.raises(ConfigurationError, match="when.condition"):
            manager.check()

    async def test_nor_when_it_is_registered_late(self, running):
        manager = await running(auth_a={"when": {"key": "a"}})
        with pytest.raises(ConfigurationError):
            manager.register(plugin("auth", authenticate), name="auth#a")
        assert "auth#a" not in manager.records


class TestGenerations:
    async def test_a_request_is_given_plans_of_its_generation_to_its_end(self, running):
        def request(context):
            return PluginResponse(context.plugin.encode())

        manager = await running(plugin("p", request), p_a={"when": {"path": "/a"}}, p_k={"when": {"key": "k"}})
        entry = manager.plans.scopes.at_entry(asked("/a"))

        def edit(desired):
            words = {"p#a": PluginOverride(mode="audit"), "p#k": PluginOverride.model_validate({"when": {"path": "/"}})}
            return type(desired)(words, desired.overlays, desired.files)

        (await manager.prepare(edit)).commit()
        assert manager.plans.generation != entry.generation
        known = entry.scopes.identified(entry, asked("/a", Principal("k")))
        assert known.generation == entry.generation
        assert names(known.request) == ("p#a", "p#k")
        assert known.request.call(asked("/a"), Activity("r")).body == b"p#a"
        assert names(manager.plans.request) == ("p#a",)

    async def test_plans_go_with_the_last_request_of_their_generation(self, running):
        manager = await running(plugin("p", request), p_a={"when": {"path": "/a"}})
        scopes = manager.plans.scopes
        held = scopes.at_entry(asked("/a"))
        scopes.at_entry(asked("/b"))
        ended = weakref.ref(scopes)
        manager.rebuild()
        del scopes
        assert len(held.scopes._sets) == 1
        assert held.scopes.at_entry(asked("/a")) is held
        assert ended() is not None
        gc.disable()  # by counting references, not by searching for cycles
        try:
            del held
            assert ended() is None
        finally:
            gc.enable()

    async def test_a_plugin_is_shut_down_after_requests_that_could_still_be_given_it(self, running):
        stopped = []

        def shutdown(app, context):
            stopped.append(context.plugin)

        manager = await running(
            plugin("p", request, shutdown), p_a={"when": {"path": "/a"}}, p_k={"when": {"key": "k"}}
        )
        held = manager.plans.scopes.at_entry(asked("/x"))
        leaving = asyncio.create_task(manager.unregister("p#k"))
        await asyncio.sleep(0.01)
        held = held.scopes.identified(held, asked("/x", Principal("k")))
        assert names(held.request) == ("p#k",)
        await asyncio.sleep(0.01)
        assert stopped == []
        del held
        await leaving
        assert stopped == ["p#k"]

    async def test_a_plugin_in_quarantine_is_not_chosen_by_requests_under_way(self, running):
        def request(context):
            if context.plugin == "p#bad":
                raise ValueError("no")

        manager = await running(
            plugin("p", request),
            p_bad={"when": {"path": "/a"}, "failure_mode": "quarantine"},
            p_key={"when": {"key": "k"}},
        )
        held = manager.plans.scopes.at_entry(asked("/x"))
        chosen = held.scopes.at_entry(asked("/a"))
        chosen.request.call(asked("/a"), Activity("r"))
        assert manager.records["p#bad"].state is PluginState.QUARANTINED
        assert names(chosen.request) == ()
        assert names(held.scopes.identified(held.scopes.at_entry(asked("/a")), asked("/a")).request) == ()
        later = held.scopes.identified(held.scopes.at_entry(asked("/a")), asked("/a", Principal("k")))
        assert names(later.request) == ("p#key",)

    async def test_compiled_plans_outlive_a_change_of_others(self, running):
        manager = await running(plugin("p", request), plugin("q", response), p_a={"when": {"path": "/a"}}, q_b={})
        before = manager.plans.scopes.at_entry(asked("/a"))
        await manager.configure("q#b")
        manager.rebuild()
        assert manager.plans.scopes.at_entry(asked("/a")).request is before.request


class TestBounds:
    async def test_the_sets_that_are_kept_have_an_end(self, running):
        paths = {f"p_{number}": {"when": {"path": f"/{number}"}} for number in range(12)}
        keys = {f"p_k{number}": {"when": {"key": [f"{number}", "all"]}} for number in range(7)}
        globs = {f"p_g{number}": {"when": {"header": {f"h{number}": "1"}}} for number in range(11)}
        manager = await running(plugin("p", request), **paths, **keys, **globs)
        scopes = manager.plans.scopes
        for number in range(1 << 11):
            sent = {f"h{bit}": "1" for bit in range(11) if number >> bit & 1}
            plans = scopes.at_entry(asked(f"/{number % 12}", **sent))
            assert len(names(plans.request)) == len(sent) + 1
        assert len(scopes._sets) <= MOST_SETS

    async def test_threads_that_choose_at_once_get_one_set(self, running):
        manager = await running(plugin("p", request), p_a={"when": {"path": "/a"}})
        scopes, found, barrier = manager.plans.scopes, [], threading.Barrier(8)

        def choose():
            barrier.wait()
            found.append(scopes.at_entry(asked("/a")))

        threads = [threading.Thread(target=choose) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(map(id, found))) == 1


async def test_the_record_says_what_a_plugin_is_narrowed_to_and_which_hooks_never_fire(running):
    def rewrite(request): ...

    def startup(app): ...

    manager = await running(
        plugin("p", startup, rewrite, request, response, llm_pre_call),
        p_path={"when": {"path": "/a"}},
        p_key={"when": {"key": "a"}},
        p_model={"when": {"model": "a"}},
    )
    records = manager.records
    assert records["p#path"].inactive_hooks == ()
    assert records["p#key"].inactive_hooks == ("rewrite",)
    assert records["p#model"].inactive_hooks == ("rewrite", "request")
    assert records["p#model"].to_dict()["when"] == {"model": ["a"]}
    manager.attach({"http"})
    assert records["p#path"].inactive_hooks == ("llm_pre_call",)
    assert records["p#model"].inactive_hooks == ("rewrite", "request", "response", "llm_pre_call")


async def test_a_condition_that_fails_is_told_and_the_plugin_takes_part(running, caplog):
    pytest.importorskip("cel", reason="needs routeiq[cel]")
    condition = "size(request.query) > 0 && int(request.query['n']) > 1"
    manager = await running(plugin("p", request), p_a={"when": {"condition": condition}})
    failing = PluginRequest.mock(query={"n": "x"})
    assert names(manager.plans.scopes.at_entry(failing).request) == ("p#a",)
    assert names(manager.plans.scopes.at_entry(PluginRequest.mock(query={"n": "1"})).request) == ()
    assert "of p#a failed, and counts as one that holds" in caplog.text
    assert manager.records["p#a"].to_dict()["condition_failures"] == 1
