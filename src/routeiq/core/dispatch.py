"""Compiles the implementations of one phase into one specialised function, a *plan*.

The function is written as Python source for exactly these plugins: every implementation has its own call site (so that
the interpreter's inline caches stay monomorphic), arguments are positional and already cut to what it takes, and
`await` stands only where it is asynchronous. A failure is caught around the very call that failed. Calls are counted
exactly, by one counter for each plan; latency is measured for one dispatch in 128, and wherever a request is traced.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import itertools
import linecache
import types
import weakref
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any, Final, Generic, ParamSpec, TypeAlias

from .deadline import guarded
from .errors import WrongResultType
from .statistics import SAMPLE, PhaseStatistics
from .steps import Phase, Step
from .telemetry import Outcome, Trace
from .wrappers import wrap

P = ParamSpec("P")

CONTAINED: Final = (Exception, SystemExit)  # a plugin's sys.exit() must not end the gateway
CAUGHT: Final = (*CONTAINED, asyncio.CancelledError)  # whose cancellation it is, the fault handler finds out


class Plan(Generic[P]):
    """The implementations of one phase, compiled. Immutable for hosts; only quarantine replaces `call`.

    Attributes:
        call: Takes the phase's arguments but `context` by position, then the request's Activity.
        is_async: Whether `call` returns a coroutine. Never changes.
        steps: What is called, in order, wrappers first.
    """

    __slots__ = ("__weakref__", "call", "is_async", "phase", "source", "steps")

    def __init__(self, phase: Phase, steps: Sequence[Step]) -> None:
        self.phase = phase
        self.is_async = any(step.suspends for step in steps)
        self.install(steps)

    def install(self, steps: Sequence[Step]) -> None:
        """Compile these steps and put them in force; hosts that hold the plan see it at their next call."""
        plain = [step for step in steps if not step.is_wrapper]
        call, source, counter, ended = _compile(self.phase, plain, self.is_async)
        for position, step in enumerate(plain):
            step.statistics.follow(counter, tuple(ended[:position]))
        # The counters outlive the plan in the statistics, where they are added up and let go.
        weakref.finalize(call, _settle, tuple(step.statistics for step in plain), counter).atexit = False
        wrappers = [step for step in steps if step.is_wrapper]
        self.call: Callable[P, Any] = wrap(call, self.is_async, wrappers, self.phase, _check(self.phase))
        self.steps = tuple(steps)
        self.source = source

    @property
    def plugins(self) -> tuple[str, ...]:
        """The names of the plugins, in the order in which they are called."""
        return tuple(step.plugin for step in self.steps)

    def __repr__(self) -> str:
        return f"<Plan {self.phase.name} {'async' if self.is_async else 'sync'} {list(self.plugins)}>"


def _settle(statistics: tuple[PhaseStatistics, ...], counter: Callable[[], int]) -> None:
    for one in statistics:
        one.settle(counter)


def _compile(
    phase: Phase, steps: Sequence[Step], is_async: bool
) -> tuple[Callable[..., Any], str, Callable[[], int], list[list[int]]]:
    """Return the function, its source, what counts its dispatches, what each step ended."""
    ended: list[list[int]] = [[0] for _ in steps]
    check = _check(phase)
    names: dict[str, Any] = {
        "clock": perf_counter_ns, "Contained": CAUGHT, "guarded": guarded, "Coroutine": types.CoroutineType,
        "check": check, "judge": _judge(check), "apply": _contained_apply(phase), "Ends": phase.ends,
        "failed": _failure_teller(phase), "tell": _teller(phase), "tell_audited": _audit_teller(phase),
        "T": phase.returns[0] if phase.returns else None,
    }  # fmt: skip
    for i, step in enumerate(steps):
        function = step.function if step.bulkhead is None else functools.partial(step.bulkhead.run, step.function)
        names |= {f"f{i}": function, f"n{i}": step.plugin, f"x{i}": step.context, f"fail{i}": step.fail}
        names |= {f"s{i}": step.statistics, f"h{i}": step.statistics.cells, f"streak{i}": step.streak}
        names[f"ended{i}"] = ended[i]
    source = _Source(phase, steps, is_async, tuple(names)).text()
    scope: dict[str, Any] = {}
    exec(_code(phase.name, source), scope)
    function, counter = scope["make"](**names)
    return function, source, counter, ended


_serial = itertools.count(1)


@functools.lru_cache(maxsize=512)
def _code(phase: str, source: str) -> types.CodeType:
    """Compiling takes the loop's time. A source holds only the shape, no names, so that it is found here again."""
    filename = f"<plan {phase} {next(_serial)}>"
    # Tracebacks then show the generated line; an entry of this form outlives linecache.checkcache().
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    return compile(source, filename, "exec")


def _check(phase: Phase) -> Callable[[Any], Any]:
    """Return the function that looks at a result of another than the usual type."""

    def check(result: Any) -> Any:
        if isinstance(result, phase.returns):
            return result
        if inspect.iscoroutine(result):
            result.close()
            raise WrongResultType(
                f"{phase.name}() is a def that returned a coroutine: an async function behind a synchronous decorator?"
                " Make the outermost function async def."
            )
        expected = " or ".join([*(one.__name__ for one in phase.returns), "None"])
        raise WrongResultType(f"{phase.name}() must return {expected}, not {type(result).__name__}")

    return check


def _judge(check: Callable[[Any], Any]) -> Callable[[Any, Callable[[BaseException], None]], Any]:
    """Return `check` with its refusal reported as the plugin's failure."""

    def judge(result: Any, fail: Callable[[BaseException], None]) -> Any:
        try:
            return check(result)
        except WrongResultType as error:
            return fail(error)

    return judge


def _contained_apply(phase: Phase) -> Callable[..., tuple[Any, ...]]:
    """Return the phase's `apply` so that a result that makes no sense is the plugin's failure and changes nothing."""

    def apply(fail: Callable[[BaseException], None], result: Any, *carried: Any) -> tuple[Any, ...]:
        assert phase.apply is not None
        try:
            return phase.apply(*carried, result)
        except (TypeError, ValueError) as error:
            fail(error)
            return carried

    return apply


def _teller(phase: Phase) -> Callable[[Trace, str, int, int, Any], None]:
    """Return what tells a trace of a hook that returned something."""
    ends = phase.returns if phase.kind == "first" else phase.ends

    def tell(trace: Trace, plugin: str, began: int, ended: int, result: Any) -> None:
        outcome: Outcome = "passed"
        if result is not None and phase.kind != "observe":
            known = isinstance(result, (*phase.returns, *phase.ends))
            outcome = "ended" if isinstance(result, ends) else "changed" if known else "failed"
        trace.hook(phase.name, plugin, began, ended, outcome, None)

    return tell


def _audit_teller(phase: Phase) -> Callable[[Trace, str, int, int, str | None], None]:
    """Return what tells a trace of a hook in audit mode: what stands for its result is what it would have done."""

    def tell(trace: Trace, plugin: str, began: int, ended: int, decision: str | None) -> None:
        trace.hook(phase.name, plugin, began, ended, "passed" if decision is None else "audited", decision)

    return tell


def _failure_teller(phase: Phase) -> Callable[..., None]:
    """Return what has a failure handled, its time counted, and a trace told of it."""

    def failed(
        exception: BaseException,
        fail: Callable[[BaseException], None],
        statistics: PhaseStatistics,
        trace: Trace | None,
        plugin: str,
        began: int,
    ) -> None:
        ended = perf_counter_ns()
        statistics.measured(ended - began)
        outcome: Outcome = "failed"
        detail: BaseException = exception
        try:
            fail(exception)
        except BaseException as raised:
            if raised is exception:  # a failure ends as another exception, if it ends the phase at all
                outcome = "cancelled" if isinstance(raised, asyncio.CancelledError) else "rejected"
            raise
        finally:
            if trace is not None:
                trace.hook(phase.name, plugin, began, ended, outcome, detail)

    return failed


class _Source:
    """Writes the function of one plan."""

    def __init__(self, phase: Phase, steps: Sequence[Step], is_async: bool, names: tuple[str, ...]) -> None:
        self.phase, self.steps, self.is_async, self.names = phase, steps, is_async, names
        self.lines: list[str] = []
        self.depth = 0

    def text(self) -> str:
        phase = self.phase
        self.line(f"def make({', '.join(self.names)}):")
        self.depth += 1
        # `k` dispatches to the next that is measured: cheaper than to divide a count that grows.
        self.line(f"c, k = 0, {SAMPLE}")
        self.line(f"{'async ' if self.is_async else ''}def {phase.name}({', '.join((*phase.arguments, 'activity'))}):")
        self.depth += 1
        if self.steps:
            self.line("nonlocal c, k")
            if phase.kind == "collect":
                self.line("kept = []")
            self.line("if (k := k - 1) and activity.trace is None:")
            self.body(timed=False)
            self.line("else:")
            self.line(f"    if not k: c, k = c + {SAMPLE}, {SAMPLE}")
            self.line("    trace = activity.trace")
            self.body(timed=True)
        result = ", ".join(phase.carries) or "None"
        self.line(f"return {'kept' if phase.kind == 'collect' and self.steps else result}")
        self.depth -= 1
        self.line(f"return {phase.name}, lambda: c + {SAMPLE} - k")
        return "\n".join(self.lines) + "\n"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def body(self, timed: bool) -> None:
        self.depth += 1
        if timed:
            self.line("t = clock()")
        for i, step in enumerate(self.steps):
            self.line(f"activity.plugin = n{i}")
            self.line("try:")
            self.depth += 1
            self.attempt(i, step)
            self.depth -= 1
            self.line("except Contained as e:")
            if timed:
                self.line(f"    r = failed(e, fail{i}, s{i}, trace, n{i}, t); t = clock()")
                self.line("else:")
                self.line("    n = clock(); d = n - t")
                self.line(f"    h{i}[0] += d; h{i}[d.bit_length()] += 1")
                self.line("    if trace is None: t = n")
                self.line(
                    f"    else: {'tell_audited' if step.is_audited else 'tell'}(trace, n{i}, t, n, r); t = clock()"
                )
            else:
                self.line(f"    r = fail{i}(e)")
            if not step.is_audited:
                self.use(i, step)
        self.depth -= 1

    def attempt(self, i: int, step: Step) -> None:
        arguments = ", ".join(f"x{i}" if name == "context" else name for name in step.arguments)
        call = f"f{i}({arguments})"
        if step.timeout is not None and step.suspends:
            call = f"guarded({call}, {step.timeout!r})"
        self.line(f"r = {'await ' if step.suspends else ''}{call}")
        if not step.suspends and (self.is_async or self.phase.kind == "observe"):
            # An async function behind a synchronous decorator: its coroutine must not vanish unnoticed.
            self.line(f"if r.__class__ is Coroutine: {'r = await r' if self.is_async else 'check(r)'}")
        if step.streak is not None:
            answered = "" if self.phase.kind == "observe" or step.is_audited else "r is None and "
            self.line(f"if {answered}streak{i}[0]: streak{i}[0] = 0")

    def use(self, i: int, step: Step) -> None:
        """Write what a result means. All of it stands behind one test, which is all that a None costs.

        The code is kept short: twenty plugins' worth of it has to stay in the processor's first cache.
        """
        phase = self.phase
        if phase.kind == "observe":
            return
        self.line("if r is not None:")
        self.depth += 1
        self.line(f"if r.__class__ is not T: r = judge(r, fail{i})")
        if step.streak is not None:
            self.line(f"if r is not None and streak{i}[0]: streak{i}[0] = 0")
        if phase.kind == "collect":
            self.line("if r is not None: kept.append(r)")
        elif phase.kind == "first":
            self.line(f"if r is not None: ended{i}[0] += 1; return r")
        else:
            if phase.ends:
                self.line(f"if isinstance(r, Ends): ended{i}[0] += 1; return r")
            if phase.apply is None:
                self.line(f"if r is not None: {phase.carries[0]} = r")
            else:
                carried = ", ".join(phase.carries)
                written = f"{carried}," if len(phase.carries) == 1 else carried
                self.line(f"if r is not None: {written} = apply(fail{i}, r, {carried})")
        self.depth -= 1


AnyPlan: TypeAlias = Plan[...]


async def fire(plan: Plan[P] | None, *arguments: P.args, **named: P.kwargs) -> Any:
    """Call a plan where one more coroutine does not matter; None for a phase that nobody implements."""
    if plan is None:
        return None
    result = plan.call(*arguments, **named)
    return await result if plan.is_async else result
