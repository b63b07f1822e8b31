"""What is refused before a plugin is registered, and in which words."""

import functools
import types

import pytest
from pydantic import BaseModel
from routeiq_plugin_sdk import GatewayPlugin, PluginCapability, PluginMetadata, StreamWindow, hookimpl

from routeiq.core.errors import (
    CapabilityError,
    HookSignatureError,
    IncompatiblePluginError,
    MetadataError,
    UnknownHookError,
)
from routeiq.core.phases import load_phases
from routeiq.core.registration import inspect_plugin, name_of

PHASES = load_phases()
MIDDLEWARE = {PluginCapability.MIDDLEWARE}


def module(capabilities=MIDDLEWARE, hooks=None, **metadata):
    made = types.ModuleType("sample")
    made.metadata = PluginMetadata(name="sample", capabilities=capabilities, **metadata)
    for name, function in (hooks or {}).items():
        setattr(made, name, function)
    return made


def inspected(plugin, **rest):
    return inspect_plugin(plugin, PHASES, "0.1.0", **rest)


def test_a_hook_takes_any_subset_of_the_arguments_in_any_order():
    async def request_body(context, body):
        return None

    found = inspected(module(hooks={"request_body": hookimpl(request_body)})).implementations
    assert found["request_body"].arguments == ("context", "body")
    assert found["request_body"].is_async


def test_a_misspelt_argument_is_named_with_the_right_one():
    def request(requst):
        return None

    with pytest.raises(
        HookSignatureError, match=r"sample: hook request\(\) has no argument 'requst'.*'request'"
    ) as caught:
        inspected(module(hooks={"request": hookimpl(request)}))
    assert (caught.value.plugin, caught.value.hook, caught.value.suggestion) == ("sample", "request", "request")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda *args: None, "args"),
        (lambda **kwargs: None, "kwargs"),
        (eval("lambda *, request: None"), "keyword-only"),
        (lambda request, extra=1: None, "extra"),
    ],
)
def test_arguments_that_would_never_be_filled_are_refused(function, words):
    function.__name__ = "request"
    with pytest.raises(HookSignatureError, match=words):
        inspected(module(hooks={"request": hookimpl(function)}))


def test_an_unknown_hook_is_named_with_the_nearest_one():
    def llm_sucess(response):
        return None

    with pytest.raises(UnknownHookError, match=r"llm_sucess.*'llm_success'"):
        inspected(module(hooks={"llm_sucess": hookimpl(llm_sucess)}))


def test_an_unknown_hook_that_is_optional_is_noted():
    def memory_read(arguments):
        return None

    found = inspected(module(hooks={"memory_read": hookimpl(optionalhook=True)(memory_read)}))
    assert (found.optional, dict(found.implementations)) == (("memory_read",), {})


def test_the_marker_names_the_phase():
    @hookimpl.request(tryfirst=True)
    def check(request):
        return None

    found = inspected(module(hooks={"check": check})).implementations["request"]
    assert found.band == 0


def test_one_phase_twice_is_refused():
    @hookimpl.request
    def one(request): ...

    @hookimpl.request
    def two(request): ...

    with pytest.raises(HookSignatureError, match="twice"):
        inspected(module(hooks={"one": one, "two": two}))


def test_a_hook_without_its_capability_is_refused_with_the_one_that_is_missing():
    def request(request):
        return None

    with pytest.raises(CapabilityError, match=r"request.*PluginCapability\.MIDDLEWARE"):
        inspected(module({PluginCapability.ROUTES}, {"request": hookimpl(request)}))


def test_life_cycle_hooks_need_no_capability():
    def startup():
        return None

    assert "startup" in inspected(module(frozenset(), {"startup": hookimpl(startup)})).implementations


def test_observers_need_one_of_several_capabilities():
    def llm_success(response):
        return None

    for capability in (
        PluginCapability.MIDDLEWARE,
        PluginCapability.OBSERVABILITY_EXPORTER,
        PluginCapability.EVALUATOR,
    ):
        inspected(module({capability}, {"llm_success": hookimpl(llm_success)}))
    with pytest.raises(CapabilityError):
        inspected(module({PluginCapability.ROUTES}, {"llm_success": hookimpl(llm_success)}))


@pytest.mark.parametrize("wrong", [{"name": "x"}, "x", 7])
def test_metadata_of_a_wrong_kind_is_refused(wrong):
    plugin = types.ModuleType("odd")
    plugin.metadata = wrong
    with pytest.raises(MetadataError, match="PluginMetadata"):
        inspected(plugin)


def test_fields_that_are_left_out_come_from_the_distribution():
    facts = {"version": "3.1", "author": "Ada", "license": None, "description": "d", "homepage": None}
    metadata = inspected(module(version="1.0"), facts=facts).metadata
    assert (metadata.version, metadata.author, metadata.description, metadata.license) == ("1.0", "Ada", "d", None)


@pytest.mark.parametrize(
    ("specifier", "fits"), [(">=0.1,<1", True), ("==0.1.*", True), (">=2", False), ("<0.1", False)]
)
def test_the_hosts_version_is_checked(specifier, fits):
    if fits:
        assert inspected(module(gateway_compat=specifier))
    else:
        with pytest.raises(IncompatiblePluginError, match=r"0\.1\.0"):
            inspected(module(gateway_compat=specifier))


def test_a_specifier_that_is_none_is_a_mistake_in_the_metadata():
    with pytest.raises(MetadataError, match="specifier"):
        inspected(module(gateway_compat="about 1"))


def test_bodies_that_the_metadata_does_not_want_switch_hooks_off():
    def request_body(body): ...
    def request_chunk(chunk): ...
    def response_body(body): ...

    hooks = {one.__name__: hookimpl(one) for one in (request_body, request_chunk, response_body)}
    found = inspected(module(hooks=hooks, needs_request_body=False))
    assert tuple(found.implementations) == ("response_body",)
    assert set(found.switched_off) == {"request_body", "request_chunk"}
    with pytest.raises(MetadataError, match="needs_response_body=True"):
        inspected(module(hooks={}, needs_response_body=True))


def test_a_class_is_made_and_its_methods_are_hooks():
    class Config(BaseModel):
        word: str = "x"

    class Plugin(GatewayPlugin):
        metadata = PluginMetadata(name="as-class", capabilities=MIDDLEWARE)

        @classmethod
        def config_schema(cls):
            return Config

        @hookimpl
        async def request(self, request):
            return self

    found = inspected(Plugin)
    assert isinstance(found.plugin, Plugin)
    assert found.implementations["request"].arguments == ("request",)
    assert found.metadata.config_schema is Config


def test_a_class_that_cannot_be_made_is_refused():
    class Plugin:
        metadata = PluginMetadata(name="needy")

        def __init__(self, needed): ...

    with pytest.raises(MetadataError, match="without arguments"):
        inspected(Plugin)


def test_async_wrappers_of_functions_and_methods_are_found():
    class Plugin:
        metadata = PluginMetadata(name="wraps", capabilities=MIDDLEWARE)

        @hookimpl(wrapper=True)
        async def request(self, request):
            yield self

    found = inspected(Plugin()).implementations["request"]
    assert (found.is_wrapper, found.is_async, found.arguments) == (True, True, ("request",))


def test_routes_are_registered_by_a_def():
    async def register_routes():
        return []

    with pytest.raises(HookSignatureError, match="def"):
        inspected(module({PluginCapability.ROUTES}, {"register_routes": hookimpl(register_routes)}))


def test_marks_that_pluggy_would_skip_are_refused_at_once():
    def request(request, more): ...

    with pytest.raises(TypeError, match="plain functions"):
        hookimpl(functools.partial(request, more=1))


def test_a_plugin_without_a_name_is_called_by_its_type():
    assert name_of(object()) == "object"


def test_a_hook_for_windows_needs_their_declaration_and_the_declaration_the_hook():
    async def llm_stream_window(window):
        return None

    with pytest.raises(MetadataError, match=r"declare stream_window=StreamWindow"):
        inspected(module(hooks={"llm_stream_window": hookimpl(llm_stream_window)}))
    with pytest.raises(MetadataError, match=r"no hook llm_stream_window"):
        inspected(module(stream_window=StreamWindow()))
    assert inspected(
        module(hooks={"llm_stream_window": hookimpl(llm_stream_window)}, stream_window=StreamWindow())
    ).metadata.stream_window


def test_an_evaluator_cannot_be_a_wrapper():
    @hookimpl(wrapper=True)
    def evaluate(invocation):
        yield

    with pytest.raises(HookSignatureError, match="each evaluator runs by itself"):
        inspected(module({PluginCapability.EVALUATOR}, {"evaluate": evaluate}))
