"""How a plugin behaves in the real gateway: run in a process of its own, which it may block, leave or end."""

from __future__ import annotations

import asyncio
import faulthandler
import statistics
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import entry_points
from typing import Any, Final

from pydantic import BaseModel
from routeiq_plugin_sdk import LLMError, OutboundError, Reject
from routeiq_plugin_sdk.testing import (
    ArgumentChanged,
    ConfigRefused,
    HookCall,
    PluginNotStarted,
    PluginTestHarness,
    UpstreamAnswer,
)

from routeiq.core.discovery import GROUP
from routeiq.core.phases import load_phases

from ..descriptions import load_plugin
from .configurations import changed_fields, words_of
from .routes import requests_of
from .scenarios import CREDENTIAL, Scenario, scenarios

BLOCKED: Final = 0.05
"""Seconds for which a hook may keep the event loop."""
SLOW: Final = 0.005
"""Seconds that it may take for an ordinary request."""
PATIENCE: Final = 5.0
"""Seconds in which a hook returns, and a plugin stops."""
REPEATED: Final = 3
"""Times that each scenario runs: a machine that is busy holds up one of them, a plugin that blocks all."""

PASSING: Final = 61.0
"""Seconds that pass for its timers."""
_BACKGROUND: Final = ("every", "events.subscribe")
_ABSENT: Final = (OutboundError, LLMError)
_ABSENT_NAMES: Final = ("OutboundError", "LLMError", "LLMUnavailable")

SETTINGS: Final = {"router_settings": {"num_retries": 0}}
"""Nothing is learnt from waiting for another attempt."""

Note = dict[str, Any]


def behave(reference: str, name: str, config: Mapping[str, Any] | None, examples: int, limit: float) -> dict[str, Any]:
    """Run a plugin, and return what is wrong with what it did.

    Args:
        reference: What to import.
        name: The plugin's name.
        config: What it is configured with; None: its defaults.
        examples: How many requests and configurations hypothesis makes up, where it is installed.
        limit: Seconds after which the process ends by itself, and shows on standard error where it was.

    Returns:
        `notes`, each with rule, message and hook; `hooks`, with calls and the median of seconds by name; `generated`,
        whether hypothesis was there; `unanswered`, the URLs that it asked for and that nobody was there to answer.
    """
    faulthandler.dump_traceback_later(limit, exit=True)
    plugin = load_plugin(reference)
    trial = Trial(plugin, name, config)
    missing = sorted(trial.missing)
    if missing:
        trial.note("dependency-missing", f"it depends on {', '.join(missing)}: install it here, to run this one")
        return trial.result()
    asyncio.run(trial.run())
    generated = False
    if not trial.notes and examples:
        from .generated import generate  # needs hypothesis

        generated = generate(trial, examples)
    faulthandler.cancel_dump_traceback_later()
    return {**trial.result(), "generated": generated}


class Trial:
    """A plugin that is tried out.

    Attributes:
        notes: What was wrong.
    """

    def __init__(self, plugin: Any, name: str, config: Mapping[str, Any] | None) -> None:
        self.notes: list[Note] = []
        self.plugin = plugin
        self.metadata = plugin.metadata
        self._name = name
        self._config = config
        self._phases = load_phases()
        self._seen = self._heard = self._read = 0
        self._unanswered: set[str] = set()
        self._times: dict[str, list[float]] = {}
        installed = {point.name for point in entry_points(group=GROUP)}
        self.missing = self.metadata.depends_on - installed

    def harness(self) -> PluginTestHarness:
        """Return a harness that is not started yet; what is judged from now on happens in it."""
        self._seen = self._heard = self._read = 0
        others = sorted(self.metadata.depends_on)
        return PluginTestHarness(self.plugin, *others, config=self._config, settings=SETTINGS, servers=("server",))

    def note(self, rule: str, message: str, hook: str | None = None) -> Note:
        """Note that something is wrong, each thing once for each hook."""
        made = {"rule": rule, "message": message, "hook": hook}
        if not any(one["rule"] == rule and one["hook"] == hook for one in self.notes):
            self.notes.append(made)
        return made

    def result(self) -> dict[str, Any]:
        """Return what became of it."""
        times = sorted(self._times.items())
        hooks = {hook: {"calls": len(taken), "median": statistics.median(taken)} for hook, taken in times}
        return {"notes": self.notes, "hooks": hooks, "generated": False, "unanswered": sorted(self._unanswered)}

    @property
    def _hangs(self) -> bool:
        return any(note["rule"] == "never-returns" for note in self.notes)

    async def run(self) -> None:
        """Start the plugin, have everything happen to it, and stop it."""
        before = set(threading.enumerate())
        harness = self.harness()
        try:
            async with asyncio.timeout(PATIENCE):
                await harness.startup()
        except TimeoutError:
            self.note("never-returns", f"startup() does not return within {PATIENCE:g} seconds", "startup")
            return
        except PluginNotStarted as error:
            self.note("does-not-start", f"it does not start with its {self._configured}: {error.reason}", "startup")
            return
        for scenario in [*scenarios(words_of(harness.context.config)), *self._of_routes(harness)]:
            await self.attempt(harness, scenario)
            if self._hangs:
                return  # it would in each of them
        await self._compare_chunks(harness)
        await self._let_time_pass(harness)
        if self._hangs:
            return
        await self._reconfigure(harness)
        await self._stop(harness, before)
        self._judge_times()

    @property
    def _configured(self) -> str:
        return "defaults" if self._config is None else "configuration"

    def _of_routes(self, harness: PluginTestHarness) -> Iterator[Scenario]:
        for method, path in requests_of(harness.manager.plans.routes):
            for body in (None,) if method in ("GET", "HEAD") else (None, b"{"):
                name = f"a request {method} {path} {'without a body' if body is None else f'with the body {body!r}'}"
                yield Scenario(name, partial(self._ask_route, name, method, path, body))

    async def _ask_route(
        self, name: str, method: str, path: str, body: bytes | None, harness: PluginTestHarness
    ) -> None:
        answer = await harness.send_request(method, path, body, [("content-type", "application/json")])
        if answer.status_code == 500:
            self.note("raises", f"its route answers {name} with 500", "register_routes")

    async def attempt(self, harness: PluginTestHarness, scenario: Scenario, times: int = REPEATED) -> None:
        """Have a scenario happen a few times, and look at what the hooks did; how long it took, unless it is one."""
        held: list[dict[str, float]] = []
        for _ in range(times):
            try:
                async with asyncio.timeout(PATIENCE):
                    await scenario.run(harness)
            except ArgumentChanged as error:
                self.note("changes-arguments", str(error), error.hook)
            except TimeoutError:
                await asyncio.sleep(0.01)  # what was cancelled notices it
                self._judge(harness, scenario.name, in_time=False)
                if not self._hangs:
                    self.note("never-returns", f"no answer is made within {PATIENCE:g} seconds with {scenario.name}")
                return
            except Exception as error:  # noqa: BLE001 - what the application raised without a response
                self.note("raises", f"with {scenario.name} no answer was made: {error!r}")
            held.append(self._judge(harness, scenario.name))
        for hook in held[0] if times > 1 else ():
            shortest = min(one.get(hook, 0.0) for one in held)
            if shortest > BLOCKED:
                message = f"{hook}() keeps the event loop for {shortest * 1000:.0f} ms with {scenario.name}"
                self.note(
                    "blocks-event-loop", f"{message}: await what takes time, or make it a def with offload=True", hook
                )
            if scenario.ordinary:
                self._times.setdefault(hook, []).append(shortest)

    def _judge(self, harness: PluginTestHarness, scenario: str, *, in_time: bool = True) -> dict[str, float]:
        """Look at the calls of hooks since the last time, and return the longest time that each held the loop."""
        calls = [call for call in harness.calls[self._seen :] if call.plugin == self._name]
        self._seen = len(harness.calls)
        held: dict[str, float] = {}
        self._listen(harness, scenario)
        for call in calls:
            held[call.hook] = max(held.get(call.hook, 0.0), call.held)
            self._judge_call(call, scenario, in_time=in_time)
        return held

    def _judge_call(self, call: HookCall, scenario: str, *, in_time: bool) -> None:
        phase, error = self._phases[call.hook], call.exception
        if isinstance(error, asyncio.CancelledError) and not in_time:
            message = f"{call.hook}() does not return within {PATIENCE:g} seconds with {scenario}: give it a timeout"
            self.note("never-returns", message, call.hook)
        elif isinstance(error, Reject) and not phase.may_reject:
            message = f"{call.hook}() raises Reject with {scenario}: there is nothing left to refuse in this phase"
            self.note("raises", message, call.hook)
        elif isinstance(error, _ABSENT):
            return  # there is no network here, and its failure mode says what becomes of that
        elif isinstance(error, Exception) and not isinstance(error, Reject):
            self.note("raises", f"{call.hook}() raises {type(error).__name__}: {error} with {scenario}", call.hook)
        elif call.result is not None and phase.kind != "observe" and not isinstance(call.result, phase.returns):
            wanted = ", ".join(one.__name__ for one in phase.returns)
            message = f"{call.hook}() returns {type(call.result).__name__} with {scenario}, and not {wanted} or None"
            self.note("wrong-type", message, call.hook)

    def _listen(self, harness: PluginTestHarness, scenario: str) -> None:
        """Look at what was told since the last time: failures outside of hooks, and what is logged."""
        self._unanswered.update(request.url for request in harness.http.requests)
        heard, self._heard = harness.events[self._heard :], len(harness.events)
        for event in heard:
            failed = event.name == "plugin.error" and event.data["plugin"] == self._name
            if failed and event.data["hook"] in _BACKGROUND and event.data["error"] not in _ABSENT_NAMES:
                where, error = event.data["hook"], f"{event.data['error']}: {event.data['message']}"
                self.note("background-raises", f"a function that it gave to context.{where}() raises {error}")
        read, self._read = harness.logs[self._read :], len(harness.logs)
        if any(line.plugin == self._name and CREDENTIAL in f"{line.event} {line.fields}" for line in read):
            message = f"with {scenario} it logs the client's credentials: log who that is, by request.principal"
            self.note("logs-credentials", message)

    async def _let_time_pass(self, harness: PluginTestHarness) -> None:
        """Have a minute pass at once, for timers; no timeout of the loop's can bound that, since its clock is moved."""
        passing = asyncio.ensure_future(harness.advance_time(PASSING))
        alarm = threading.Timer(PATIENCE, asyncio.get_running_loop().call_soon_threadsafe, (passing.cancel,))
        alarm.daemon = True
        alarm.start()
        try:
            await passing
        except asyncio.CancelledError:
            self.note(
                "never-returns", f"a function that it gave to context.every() takes more than {PATIENCE:g} seconds"
            )
        finally:
            alarm.cancel()
        self._judge(harness, f"{PASSING:g} seconds that pass")

    async def _compare_chunks(self, harness: PluginTestHarness) -> None:
        """Have one answer come in chunks of different lengths: what leaves must be the same."""
        if not {"llm_stream_chunk", "llm_stream_window"} & set(harness.status[self._name].hooks):
            return
        for word in ("plain words", *words_of(harness.context.config)):
            text = f"First {word}, then {word} once more."
            whole, pieces = await self._streamed(harness, (text,)), await self._streamed(harness, tuple(text))
            if whole != pieces and whole == await self._streamed(harness, (text,)):  # else it is the time, or chance
                message = (
                    f"an answer {text!r} becomes {whole!r} in one chunk, and {pieces!r} letter by letter: judge it in"
                    " llm_stream_window, with an overlap that is as long as what is looked for"
                )
                self.note("depends-on-chunks", message, "llm_stream_chunk")
                return

    @staticmethod
    async def _streamed(harness: PluginTestHarness, pieces: tuple[str, ...]) -> str:
        result = await harness.llm_call(answer=UpstreamAnswer(pieces=pieces), stream=True)
        return f"refused: {result.error.get('code')}" if result.error is not None else result.text

    async def _reconfigure(self, harness: PluginTestHarness) -> None:
        """Set each field to what its type allows, and see that the plugin still works, or refuses."""
        config = harness.context.config
        if not isinstance(config, BaseModel) or self.notes:
            return
        for fields in changed_fields(config):
            words = ", ".join(f"{name}={value!r}" for name, value in fields.items())
            try:
                await harness.change_config(**fields)
            except ConfigRefused:
                continue
            found = len(self.notes)
            for scenario in scenarios(()):
                if scenario.ordinary:
                    await self.attempt(harness, scenario)
            for note in self.notes[found:]:
                note.update(rule="config-fails", message=f"with {words}: {note['message']}")
            if len(self.notes) > found:
                return

    async def _stop(self, harness: PluginTestHarness, before: set[threading.Thread]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await harness.shutdown()
        except TimeoutError:
            self.note("does-not-stop", f"shutdown() does not return within {PATIENCE:g} seconds", "shutdown")
            return
        except ArgumentChanged as error:
            self.note("changes-arguments", str(error), error.hook)
        self._judge(harness, "the shutdown")
        await asyncio.sleep(0.05)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if tasks:
            names = ", ".join(sorted(getattr(task.get_coro(), "__qualname__", task.get_name()) for task in tasks))
            self.note("leaves-tasks", f"tasks still run after the shutdown: {names}: cancel them in it", "shutdown")
        threads = [one.name for one in set(threading.enumerate()) - before if not one.daemon and not _is_pooled(one)]
        if threads:
            self.note(
                "leaves-threads", f"threads still run after the shutdown: {', '.join(sorted(threads))}", "shutdown"
            )

    def _judge_times(self) -> None:
        for hook, times in self._times.items():
            median = statistics.median(times)
            if BLOCKED > median > SLOW:
                message = f"{hook}() takes {median * 1000:.1f} ms for an ordinary request"
                self.note("slow-hook", f"{message}: prepare in startup() what is the same for all", hook)


def _is_pooled(thread: threading.Thread) -> bool:
    """Return whether it belongs to the event loop's pool, or the harness, which end by themselves."""
    return thread.name.startswith(("asyncio_", "ThreadPoolExecutor", "routeiq"))
