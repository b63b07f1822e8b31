"""What scopes choose is what trying each of them would choose, in the order that the chosen have by themselves."""

import asyncio
import importlib.util
import re
import types

from hypothesis import given
from hypothesis import strategies as st
from routeiq_plugin_sdk import (
    LLMCall,
    PluginCapability,
    PluginMetadata,
    PluginRequest,
    Principal,
    hookimpl,
)

from routeiq.core.manager import PluginManager
from routeiq.core.settings import ManagerSettings, PluginOverride

PLUGINS = "abc"
PARTS = ("", "#1", "#2")
WORDS = ("/x", "/x/y", "/y", "/")
NAMES = ("k", "kk", "m")
PATHS = st.sampled_from([*WORDS, "/x*", "/*y", "*", "/*/*"])
TEXTS = st.sampled_from([*NAMES, "k*", "*k", "*"])
CONDITIONS = ("request.path == '/x'", "principal.id == 'k'", "model == 'm' && !stream")


def some(strategy):
    return st.lists(strategy, min_size=1, max_size=2, unique=True)


@st.composite
def whens(draw):
    """Draw a scope of any parts, or none."""
    parts = {
        "path": some(PATHS),
        "key": some(TEXTS),
        "model": some(TEXTS),
        "header": st.dictionaries(st.sampled_from(["h1", "h2"]), some(TEXTS), min_size=1),
        "condition": st.sampled_from(CONDITIONS),
    }
    if importlib.util.find_spec("cel") is None:
        del parts["condition"]  # needs routeiq[cel]
    chosen = draw(st.frozensets(st.sampled_from(sorted(parts)), max_size=3))
    return {name: draw(parts[name]) for name in sorted(chosen)} or None


@st.composite
def instances(draw):
    """Draw plugins with soft edges, bands and priorities, each as some of its instances, each with a scope."""
    drawn = {}
    for name in draw(st.permutations(PLUGINS))[: draw(st.integers(1, 3))]:
        others = st.frozensets(
            st.sampled_from([one + part for one in PLUGINS for part in PARTS if one != name]), max_size=2
        )
        edges = {"before": draw(others), "after": frozenset()} if draw(st.booleans()) else {}
        for part in draw(st.lists(st.sampled_from(PARTS), min_size=1, unique=True)):
            word = {"priority": draw(st.integers(1, 3))}
            if draw(st.booleans()):
                word["hooks"] = {"request": {"priority": draw(st.integers(1, 3))}}
            drawn[name + part] = ({**word, **edges}, draw(st.none() | whens()))
    return drawn


@st.composite
def requests(draw):
    headers = draw(st.lists(st.tuples(st.sampled_from(["h1", "h2", "h3"]), st.sampled_from(NAMES)), max_size=3))
    who = draw(st.none() | st.sampled_from(NAMES))
    return PluginRequest.mock(
        path=draw(st.sampled_from(WORDS)), headers=headers, principal=None if who is None else Principal(who)
    )


def matches(patterns, texts):
    return any(re.fullmatch(".*".join(map(re.escape, one.split("*"))), text) for one in patterns for text in texts)


def naive(when, request, call, stage):
    """Return whether a scope holds at a stage: 0 at entry, 1 identified, 2 routed."""
    condition = when.get("condition", "")
    if ("model" in when or "model" in condition) and stage < 2:
        return False
    if ("key" in when or "principal" in condition) and stage < 1:
        return False
    who = [] if request.principal is None else [request.principal.id]
    return (
        ("path" not in when or matches(when["path"], [request.path]))
        and all(matches(values, request.headers.get_list(name)) for name, values in when.get("header", {}).items())
        and ("key" not in when or matches(when["key"], who))
        and ("model" not in when or matches(when["model"], [call.model]))
        and {
            "": True,
            CONDITIONS[0]: request.path == "/x",
            CONDITIONS[1]: who == ["k"],
            CONDITIONS[2]: call.model == "m" and not call.stream,
        }[condition]
    )


def module(name):
    made = types.ModuleType(name)
    made.metadata = PluginMetadata(name=name, version="1", capabilities=frozenset(PluginCapability))
    for phase in ("request", "response", "llm_success"):
        setattr(made, phase, hookimpl(specname=phase)(lambda: None))
    return made


async def plans_of(drawn, names, scoped):
    words = {
        name: PluginOverride.model_validate({**word, "when": when} if scoped and when else word)
        for name, (word, when) in drawn.items()
        if name in names
    }
    manager = PluginManager(ManagerSettings(plugins=words))
    for plugin in sorted({name[0] for name in words}):
        made = module(plugin)
        for name in words:
            if name[0] == plugin:
                manager.register(made, name=name)
    async with manager:
        # What a cycle of soft edges keeps out takes part nowhere.
        return manager.plans, {name for name, record in manager.records.items() if record.usable}


def called(plans):
    return {phase: getattr(getattr(plans, phase), "plugins", ()) for phase in ("request", "response", "llm_success")}


@given(instances(), st.lists(st.tuples(requests(), st.sampled_from(NAMES), st.booleans()), min_size=1, max_size=4))
def test_the_chosen_are_those_whose_scope_holds_in_the_order_that_they_have_by_themselves(drawn, asked):
    plans, usable = asyncio.run(plans_of(drawn, set(drawn), scoped=True))
    for request, model, stream in asked:
        call = LLMCall("c", "chat", model, stream, request)
        chosen = [plans, plans, plans]
        if plans.scopes is not None:
            chosen[0] = plans.scopes.at_entry(request)
            chosen[1] = plans.scopes.identified(chosen[0], request)
            chosen[2] = plans.scopes.routed(chosen[1], call)
        for stage, found in enumerate(chosen):
            expected = {
                name
                for name, (_, when) in drawn.items()
                if name in usable and (when is None or naive(when, request, call, stage))
            }
            assert set(called(found)["request"]) == expected
            alone, _ = asyncio.run(plans_of(drawn, expected, scoped=False))
            assert called(found) == called(alone)
