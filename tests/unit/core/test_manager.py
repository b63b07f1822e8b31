"""The plugin manager: registration, order, start, stop, quarantine."""

import asyncio
import types
from pathlib import Path

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import (
    GatewayPlugin,
    OutboundError,
    PluginCapability,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    Reject,
    hookimpl,
)

from routeiq.core.errors import (
    CapabilityError,
    DependencyCycleError,
    DuplicatePluginError,
    MetadataError,
    NotRunningError,
    PluginAborted,
    RegistrationError,
    StartupError,
)
from routeiq.core.logging import Activity
from routeiq.core.manager import PluginManager
from routeiq.core.outbound import OutboundSettings
from routeiq.core.records import PluginState
from routeiq.core.settings import ManagerSettings, PluginOverride

MIDDLEWARE = {PluginCapability.MIDDLEWARE}


def plugin(name, *, capabilities=MIDDLEWARE, hooks=(), **metadata):
    module = types.ModuleType(name)
    module.metadata = PluginMetadata(name=name, version="1.0", capabilities=capabilities, **metadata)
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


def request(request):
    return None


def manager(**settings):
    return PluginManager(ManagerSettings(**settings))


async def ask(manager, path="/"):
    plan = manager.plans.request
    result = plan.call(PluginRequest.mock(path=path), Activity("r"))
    return await result if plan.is_async else result


class TestRegistration:
    def test_a_module_a_class_and_an_instance_are_plugins(self):
        class Plugin(GatewayPlugin):
            metadata = PluginMetadata(name="as-class", capabilities=MIDDLEWARE)

            @hookimpl
            def request(self, request):
                return None

        class Other(Plugin):
            metadata = PluginMetadata(name="as-instance", capabilities=MIDDLEWARE)

        several = manager()
        assert several.register(plugin("as-module", hooks=[request])).hooks == ("request",)
        assert several.register(Plugin).hooks == ("request",)
        assert several.register(Other()).hooks == ("request",)
        assert {record.state for record in several.records.values()} == {PluginState.ACTIVE}

    def test_a_name_that_is_taken_is_refused(self):
        one = manager()
        one.register(plugin("same"))
        with pytest.raises(DuplicatePluginError, match="same"):
            one.register(plugin("same"))
        assert one.register(plugin("same"), name="other").name == "other"

    def test_capabilities_that_are_not_allowed_are_refused(self):
        with pytest.raises(CapabilityError, match="ALLOWED_CAPABILITIES"):
            manager(allowed_capabilities=frozenset({PluginCapability.ROUTES})).register(plugin("p"))

    def test_a_plugin_without_metadata_is_refused(self):
        with pytest.raises(MetadataError, match="metadata"):
            manager().register(types.ModuleType("nothing"))

    def test_the_operator_overrides_priority_modes_and_edges(self):
        override = PluginOverride(priority=3, mode="audit", failure_mode="quarantine", before=["x"])
        record = manager(plugins={"p": override}).register(plugin("p", priority=9, after=["y"]))
        assert (record.priority, record.mode, record.failure_mode) == (3, "audit", "quarantine")
        assert (record.before, record.after) == ({"x"}, {"y"})


class TestOrder:
    async def test_plans_and_pluggy_call_in_one_order_whatever_the_registration(self):
        calls = []

        def recording(name, **metadata):
            def request(request):
                calls.append(name)

            return plugin(name, hooks=[request], **metadata)

        plugins = [
            recording("a", depends_on=["z"], priority=1),
            recording("late"),
            recording("z", priority=2000),
            recording("first", priority=5),
        ]
        for rotation in range(4):
            one = manager()
            for each in plugins[rotation:] + plugins[:rotation]:
                one.register(each)
            async with one:
                calls.clear()
                await ask(one)
                ours = list(calls)
                calls.clear()
                one.hook.request(request=PluginRequest.mock(), context=None)
                assert ours == calls == ["first", "late", "z", "a"]

    async def test_outbound_phases_run_in_reverse(self):
        def response(response):
            return None

        one = manager()
        one.register(plugin("a", priority=1, hooks=[response]))
        one.register(plugin("b", priority=2, hooks=[response]))
        async with one:
            assert one.plans.response.plugins == ("b", "a")

    async def test_bands_come_before_the_order(self):
        one = manager()
        late = plugin("late", priority=1)
        late.request = hookimpl(trylast=True)(lambda_named("request"))
        early = plugin("early", priority=9999)
        early.request = hookimpl(tryfirst=True)(lambda_named("request"))
        for each in (late, plugin("middle", hooks=[request]), early):
            one.register(each)
        async with one:
            assert one.plans.request.plugins == ("early", "middle", "late")

    async def test_a_band_that_inverts_a_dependency_is_refused(self):
        one = manager()
        hasty = plugin("hasty", depends_on=["base"])
        hasty.request = hookimpl(tryfirst=True)(lambda_named("request"))
        one.register(hasty)
        one.register(plugin("base", hooks=[request]))
        assert one.records["hasty"].state is PluginState.REFUSED
        assert "tryfirst" in one.records["hasty"].reason

    async def test_an_operator_can_reorder_one_hook(self):
        override = PluginOverride(hooks={"request": {"priority": 1}})
        one = manager(plugins={"b": override})

        def rewrite(request):
            return None

        for name in "ab":
            one.register(plugin(name, hooks=[request, rewrite]))
        async with one:
            assert one.plans.request.plugins == ("b", "a")
            assert one.plans.rewrite.plugins == ("a", "b")
            assert [entry["name"] for entry in next(h for h in one.hooks() if h["name"] == "request")["plugins"]] == [
                "b",
                "a",
            ]

    def test_members_of_a_cycle_are_refused_by_name_and_the_others_start(self):
        one = manager()
        one.register(plugin("a", depends_on=["b"]))
        one.register(plugin("b", depends_on=["a"]))
        one.register(plugin("outside", depends_on=["a"]))
        one.register(plugin("free"))
        states = {name: record.state for name, record in one.records.items()}
        assert states == {"a": "refused", "b": "refused", "outside": "failed", "free": "active"}
        assert isinstance(one.records["a"].error, DependencyCycleError)
        assert one.records["a"].error.members == ("a", "b")

    def test_a_missing_dependency_is_found_when_it_comes(self):
        one = manager()
        one.register(plugin("needs", depends_on=["later"]))
        assert one.records["needs"].state is PluginState.FAILED
        assert "later" in one.records["needs"].reason
        one.register(plugin("later"))
        assert one.records["needs"].state is PluginState.ACTIVE


def lambda_named(name):
    def hook(request):
        return None

    hook.__name__ = name
    return hook


class TestStart:
    async def test_plugins_start_in_order_and_stop_in_reverse_and_may_start_again(self):
        seen = []

        def living(name, **metadata):
            async def startup(app, context):
                seen.append(("start", name, app, context.plugin))

            def shutdown():
                seen.append(("stop", name))

            return plugin(name, hooks=[startup, shutdown], **metadata)

        one = manager()
        one.register(living("b"))
        one.register(living("a", depends_on=["b"]))
        for _ in range(2):
            seen.clear()
            await one.start("app")
            assert one.running
            await one.stop()
            assert seen == [("start", "b", "app", "b"), ("start", "a", "app", "a"), ("stop", "a"), ("stop", "b")]
            assert not one.running

    async def test_dependents_of_a_failed_plugin_are_not_started_transitively(self):
        def startup():
            raise OSError("no disk")

        one = manager()
        one.register(plugin("broken", hooks=[startup]))
        one.register(plugin("second", depends_on=["broken"]))
        one.register(plugin("third", depends_on=["second"]))
        one.register(plugin("free", hooks=[request]))
        async with one:
            assert {name: record.state for name, record in one.records.items()} == {
                "broken": "failed", "second": "failed", "third": "failed", "free": "active",
            }  # fmt: skip
            assert "no disk" in one.records["broken"].reason
            assert "broken" in one.records["second"].reason
            assert "second" in one.records["third"].reason
            assert one.plans.request.plugins == ("free",)

    async def test_a_half_failed_start_stops_what_had_started_and_can_be_repeated(self):
        seen, broken = [], [True]

        def startup():
            seen.append("start")

        def shutdown():
            seen.append("stop")

        good = plugin("good", priority=1, hooks=[startup, shutdown])

        def bad_startup():
            if broken[0]:
                raise OSError("not yet")

        bad = plugin("bad", failure_mode="abort")
        bad.startup = hookimpl(specname="startup")(bad_startup)
        one = manager()
        one.register(good)
        one.register(bad)
        with pytest.raises(StartupError, match="bad.*not yet"):
            await one.start()
        assert seen == ["start", "stop"]
        assert not one.running
        broken[0] = False
        await one.start()
        assert one.records["bad"].state is PluginState.ACTIVE
        await one.stop()

    async def test_a_startup_that_hangs_is_given_up(self):
        async def startup():
            await asyncio.sleep(60)

        one = manager(startup_timeout=0.02)
        one.register(plugin("slow", hooks=[startup]))
        async with one:
            assert one.records["slow"].state is PluginState.FAILED
            assert "STARTUP_TIMEOUT" in one.records["slow"].reason

    async def test_failure_mode_quarantine_at_the_start_degrades_health(self):
        def startup():
            raise OSError("x")

        one = manager()
        one.register(plugin("q", failure_mode="quarantine", hooks=[startup]))
        async with one:
            assert one.records["q"].state is PluginState.QUARANTINED
            assert (await one.health())["status"] == "degraded"

    async def test_cancelling_a_start_stops_what_had_started(self):
        seen = []

        def startup():
            return None

        def shutdown():
            seen.append("stopped")

        async def hang():
            await asyncio.sleep(60)

        one = manager()
        one.register(plugin("a", priority=1, hooks=[startup, shutdown]))
        slow = plugin("b")
        slow.startup = hookimpl(specname="startup")(hang)
        one.register(slow)
        task = asyncio.create_task(one.start())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == ["stopped"]

    async def test_starting_twice_is_an_error_and_stopping_twice_is_not(self):
        one = manager()
        await one.start()
        with pytest.raises(NotRunningError):
            await one.start()
        await one.stop()
        await one.stop()

    async def test_configuration_reaches_the_context_and_its_mistakes_the_record(self, tmp_path: Path):
        class Config(BaseModel):
            limit: int = 3

        (tmp_path / "good.yaml").write_text("limit: 7\n")
        (tmp_path / "bad.yaml").write_text("limit: many\n")
        one = manager(config_directory=tmp_path)
        seen = []

        def startup(context):
            seen.append(context.config.limit)

        one.register(plugin("good", config_schema=Config, hooks=[startup]))
        one.register(plugin("bad", config_schema=Config, hooks=[startup]))
        async with one:
            assert seen == [7]
            assert one.records["bad"].state is PluginState.FAILED
            assert "bad.yaml, line 1: limit" in one.records["bad"].reason
            assert one.records["good"].config_sources["limit"].endswith("good.yaml")


class TestLate:
    async def test_a_plugin_registered_on_a_running_manager_follows_the_rules_of_a_start(self):
        seen = []

        async def startup():
            await asyncio.sleep(0)
            seen.append("started")

        one = manager()
        one.register(plugin("a", hooks=[request]))
        async with one:
            before = one.plans
            one.register(plugin("b", hooks=[startup, request], priority=1))
            await one.settled()
            assert seen == ["started"]
            assert one.plans.request.plugins == ("b", "a")
            assert before.request.plugins == ("a",)
            with pytest.raises(RegistrationError, match="missing"):
                one.register(plugin("c", depends_on=["missing"]))
            assert "c" not in one.records
            with pytest.raises(DependencyCycleError) as caught:
                one.register(plugin("d", before=["e"], after=["e"], depends_on=[]))
                one.register(plugin("e"))
            assert caught.value.members == ("d", "e")

    async def test_a_removed_plugin_is_shut_down_when_the_last_request_that_sees_it_is_over(self):
        seen = []

        def shutdown():
            seen.append("stopped")

        one = manager()
        one.register(plugin("a", hooks=[request, shutdown]))
        async with one:
            held = one.plans
            removal = asyncio.create_task(one.unregister("a"))
            await asyncio.sleep(0.01)
            assert one.plans.request is None
            assert seen == []
            assert held.request.plugins == ("a",)
            del held
            await removal
            assert seen == ["stopped"]

    async def test_what_others_depend_on_is_not_removed(self):
        one = manager()
        one.register(plugin("base"))
        one.register(plugin("user", depends_on=["base"]))
        with pytest.raises(RegistrationError, match="user"):
            await one.unregister("base")
        with pytest.raises(RegistrationError, match="no plugin"):
            await one.unregister("nothing")


class TestFailureModes:
    async def test_continue_is_open_abort_is_closed(self):
        def broken(request):
            raise ValueError("boom")

        broken.__name__ = "request"
        one = manager()
        one.register(plugin("p", hooks=[broken]))
        async with one:
            assert await ask(one) is None
        two = manager(failure_mode="abort")
        two.register(plugin("p", hooks=[broken]))
        async with two:
            with pytest.raises(PluginAborted) as caught:
                await ask(two)
            assert (caught.value.plugin, caught.value.phase, caught.value.status_code) == ("p", "request", 500)

    async def test_a_deadline_of_an_abort_plugin_is_504(self):
        async def request(request):
            await asyncio.sleep(10)

        one = manager(plugins={"p": PluginOverride(failure_mode="abort", timeout=0.01)})
        one.register(plugin("p", hooks=[request]))
        async with one:
            with pytest.raises(PluginAborted) as caught:
                await ask(one)
            assert caught.value.status_code == 504

    async def test_quarantine_takes_a_plugin_out_of_requests_in_flight_and_one_call_decides(self):
        broken, calls = [True], []

        async def request(request):
            calls.append(request.path)
            if broken[0]:
                raise ValueError("boom")

        one = manager(quarantine_after=3, quarantine_cooldown=0.05)
        one.register(plugin("q", failure_mode="quarantine", hooks=[request]))
        async with one:
            held = one.plans
            for _ in range(3):
                await ask(one)
            assert one.records["q"].state is PluginState.QUARANTINED
            assert "boom" in one.records["q"].reason
            assert one.plans.request is None
            await held.request.call(PluginRequest.mock(), Activity("r"))
            assert len(calls) == 3
            await until(lambda: one.plans.request is not None)
            await ask(one, "/trial")
            assert one.records["q"].state is PluginState.QUARANTINED
            broken[0] = False
            await until(lambda: one.plans.request is not None)
            await ask(one, "/trial")
            assert one.records["q"].state is PluginState.ACTIVE
            assert one.records["q"].reason == ""
            await ask(one)
            assert len(calls) == 6

    async def test_during_a_trial_other_calls_pass_the_plugin_by(self):
        broken, gate, entered = [True], asyncio.Event(), []

        async def request(request):
            if broken[0]:
                raise ValueError("boom")
            entered.append(1)
            await gate.wait()
            return PluginResponse.text("trial")

        one = manager(quarantine_after=1, quarantine_cooldown=0.01)
        one.register(plugin("q", failure_mode="quarantine", hooks=[request]))
        async with one:
            await ask(one)
            broken[0] = False
            await until(lambda: one.plans.request is not None)
            trial = asyncio.create_task(ask(one))
            await asyncio.sleep(0)
            assert await ask(one) is None
            gate.set()
            assert (await trial).body == b"trial"
            assert entered == [1]

    async def test_successes_between_failures_keep_a_plugin_in(self):
        def request(request):
            if request.path == "/bad":
                raise ValueError("boom")

        one = manager(quarantine_after=2)
        one.register(plugin("q", failure_mode="quarantine", hooks=[request]))
        async with one:
            for path in ("/bad", "/good") * 5:
                await ask(one, path)
            assert one.records["q"].state is PluginState.ACTIVE
            assert one.statistics()[0]["errors"] == 5

    async def test_reject_is_a_decision_and_counts_against_nothing(self):
        def request(request):
            raise Reject(429, "slow down", "rate")

        one = manager(failure_mode="quarantine", quarantine_after=1)
        one.register(plugin("q", hooks=[request]))
        async with one:
            with pytest.raises(Reject) as caught:
                await ask(one)
            assert caught.value.plugin == "q"
            assert one.records["q"].state is PluginState.ACTIVE
            assert one.statistics()[0]["errors"] == 0

    async def test_audit_records_and_applies_nothing_even_for_abort(self):
        def request(request):
            if request.path == "/reject":
                raise Reject
            if request.path == "/broken":
                raise ValueError("boom")
            return PluginResponse.text("no")

        one = manager(plugins={"p": PluginOverride(mode="audit", failure_mode="abort")})
        one.register(plugin("p", hooks=[request]))
        async with one:
            for path in ("/reject", "/broken", "/answer"):
                assert await ask(one, path) is None
            figures = one.statistics()[0]
            assert (figures["audited"], figures["errors"]) == (2, 1)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


class TestHealth:
    async def test_the_worst_check_decides_and_failures_count_as_failed(self):
        async def ok():
            return {"status": "ok", "items": 3}

        def degraded():
            return {"status": "degraded"}

        def broken():
            raise ValueError("x")

        async def late():
            await asyncio.sleep(10)

        def senseless():
            return {"status": "splendid"}

        one = manager()
        for check in (ok, degraded, broken, late, senseless):
            module = plugin(check.__name__)
            module.health_check = hookimpl(specname="health_check")(check)
            one.register(module)
        async with one:
            health = await one.health(timeout=0.02)
        assert health["status"] == "failed"
        assert {name: entry["status"] for name, entry in health["plugins"].items()} == {
            "ok": "ok", "degraded": "degraded", "broken": "failed", "late": "failed", "senseless": "failed",
        }  # fmt: skip
        assert health["plugins"]["ok"]["items"] == 3


class TestRoutes:
    async def test_routes_are_values_in_the_plans_and_go_with_their_plugin(self):
        class Route:
            def matches(self, scope): ...

            def handle(self, scope, receive, send): ...

        route = Route()

        def register_routes():
            return [route]

        one = manager()
        one.register(plugin("r", capabilities={PluginCapability.ROUTES}, hooks=[register_routes]))
        async with one:
            assert one.plans.routes == (route,)
            await one.unregister("r")
            assert one.plans.routes == ()

    async def test_what_is_no_route_fails_the_plugin(self):
        def register_routes():
            return ["/path"]

        one = manager()
        one.register(plugin("r", capabilities={PluginCapability.ROUTES}, hooks=[register_routes]))
        async with one:
            assert one.records["r"].state is PluginState.FAILED


class TestInstances:
    def instances(self, tmp_path, *hooks, **overrides):
        """Return a manager with the instances `p#a` and `p#b` of one module."""

        class Config(BaseModel):
            limit: int = 3

        (tmp_path / "p#a.yaml").write_text("limit: 7\n")
        environment = {"ROUTEIQ_PLUGIN_P__B_LIMIT": "8", "ROUTEIQ_PLUGIN_P_LIMIT": "9"}
        settings = {"config_directory": tmp_path, "environment": environment}
        one = manager(plugins={f"p#{name}": override for name, override in overrides.items()}, **settings)
        module = plugin("p", config_schema=Config, hooks=hooks)
        for name in ("p#a", "p#b"):
            one.register(module, name=name)
        return one

    async def test_each_has_its_configuration_storage_and_namespace(self, tmp_path):
        seen = {}

        async def request(request, context):
            await context.storage.incr("n")
            context.shared["name"] = context.plugin
            seen[context.plugin] = (context.config.limit, await context.storage.get("n"), dict(context.shared))

        async with self.instances(tmp_path, request) as one:
            await ask(one)
            assert one.statistics()[0]["plugin"] == "p#a"
        assert seen == {"p#a": (7, 1, {"name": "p#a"}), "p#b": (8, 1, {"name": "p#b"})}

    async def test_each_has_its_order_and_pluggy_has_the_same(self, tmp_path):
        calls = []

        def request(request, context):
            calls.append(context and context.plugin)

        async with self.instances(tmp_path, request, b=PluginOverride(hooks={"request": {"before": ["p"]}})) as one:
            await ask(one)
            assert calls == ["p#b", "p#a"]
            calls.clear()
            one.hook.request(request=PluginRequest.mock(), context=None)
            assert calls == [None, None]
            assert one.explain("p#a", "p#b").first == "p#a"
            [listed] = [hook for hook in one.hooks() if hook["name"] == "request"]
            assert [entry["name"] for entry in listed["plugins"]] == ["p#b", "p#a"]

    async def test_the_failures_of_one_quarantine_it_alone(self, tmp_path):
        def request(request, context):
            if context.plugin == "p#a":
                raise ValueError("no")

        async with self.instances(tmp_path, request, a=PluginOverride(failure_mode="quarantine")) as one:
            for _ in range(5):
                await ask(one)
            assert one.records["p#a"].state is PluginState.QUARANTINED
            assert one.plans.request.plugins == ("p#b",)

    async def test_what_depends_on_the_plugin_comes_after_all_and_starts_with_all(self, tmp_path):
        one = self.instances(tmp_path, request, b=PluginOverride(priority=5000))
        one.register(plugin("user", hooks=[request], depends_on=["p"], priority=1))
        async with one:
            assert one.plans.request.plugins == ("p#a", "p#b", "user")
            await one.unregister("p#a")
            with pytest.raises(RegistrationError, match="cannot be removed while user depend on it"):
                await one.unregister("p#b")

    async def test_one_that_cannot_start_keeps_dependents_out(self, tmp_path):
        def startup(context):
            if context.plugin == "p#b":
                raise ValueError("no")

        one = self.instances(tmp_path, startup)
        one.register(plugin("user", hooks=[request], depends_on=["p"]))
        async with one:
            assert one.records["user"].state is PluginState.FAILED
            assert "depends on 'p#b', which did not start" in one.records["user"].reason


async def test_plans_cannot_be_changed_and_unknown_phases_are_errors():
    async with manager() as one:
        with pytest.raises(AttributeError, match="immutable"):
            one.plans.request = None
        with pytest.raises(AttributeError, match="requst"):
            one.plans.requst


async def test_hooks_that_no_host_fires_are_listed():
    def llm_success(response):
        return None

    one = manager()
    one.attach({"http"})
    record = one.register(plugin("p", hooks=[request, llm_success]))
    assert record.inactive_hooks == ("llm_success",)
    one.attach({"llm"})
    assert record.inactive_hooks == ()


class Client:
    """An HTTP client that notes what becomes of it."""

    def __init__(self, plugin, policy):
        self.plugin, self.policy, self.calls = plugin, policy, []

    async def validate(self, url):
        self.calls.append(url)

    async def leave_loop(self):
        self.calls.append("leave_loop")

    async def close(self):
        self.calls.append("close")


async def test_a_plugin_gets_its_http_client_from_the_host_and_loses_it_when_it_stops():
    seen = []

    def startup(context):
        seen.append(context)

    async def shutdown(context):
        await context.validate_outbound_url("http://last.example/")

    one = manager(outbound=OutboundSettings(allow=("guard.internal",)))
    one.attach({"http"}, http=Client)
    one.register(plugin("p", hooks=[startup, shutdown]))
    async with one:
        client = seen[0].http
        assert (client.plugin, client.policy.settings.allow) == ("p", ("guard.internal",))
        await one.leave_loop()
    assert client.calls == ["leave_loop", "http://last.example/", "close"]
    with pytest.raises(OutboundError, match="is stopped"):
        seen[0].http
    async with one:
        assert seen[1].http is not client


async def test_a_plugin_that_fails_to_start_leaves_no_http_client_behind():
    clients = []

    def startup(context):
        clients.append(context.http)
        raise OSError("no")

    one = manager()
    one.attach({"http"}, http=Client)
    one.register(plugin("p", hooks=[startup]))
    async with one:
        assert clients[0].calls == ["close"]


async def test_without_a_host_a_plugin_that_asks_for_http_is_told_what_is_missing():
    def startup(context):
        context.http

    one = manager()
    record = one.register(plugin("p", hooks=[startup]))
    async with one:
        assert "'p' asks for context.http, which hosts bring along" in record.reason


def test_an_operators_word_on_a_plugin_that_is_not_there_is_told(caplog):
    manager(plugins={"nowhere-at-all": PluginOverride(priority=1)}).discover()
    assert "'nowhere-at-all', which is not installed" in caplog.text


async def test_managers_share_nothing():
    async with manager() as one, manager() as two:
        one.register(plugin("p", hooks=[request]))
        await one.settled()
        assert two.plans.request is None
        assert "p" not in two.records
