"""What a plugin's source tells: calls that block, cancellation that is swallowed, coroutines that are lost."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from .findings import Finding

Function = ast.FunctionDef | ast.AsyncFunctionDef

_HTTP: Final = ("get", "post", "put", "patch", "delete", "head", "options", "request", "stream")
BLOCKING: Final = {
    "time.sleep": "await asyncio.sleep(...)",
    **{f"requests.{verb}": f"await context.http.{verb}(...)" for verb in _HTTP},
    **{f"httpx.{verb}": f"await context.http.{verb}(...)" for verb in _HTTP},
    "urllib.request.urlopen": "await context.http.get(...)",
    "socket.create_connection": "await asyncio.open_connection(...)",
    "socket.getaddrinfo": "await asyncio.get_running_loop().getaddrinfo(...)",
    "socket.gethostbyname": "await asyncio.get_running_loop().getaddrinfo(...)",
    **dict.fromkeys(
        (*(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output")), "os.system", "os.popen"),
        "await asyncio.create_subprocess_exec(...)",
    ),
    "os.wait": "await process.wait()",
    "sqlite3.connect": "context.storage, or @hookimpl(offload=True) on a def",
    "input": "the configuration",
}  # fmt: skip
AWAITED: Final = frozenset({"storage", "http", "llm"})
"""Parts of the context whose methods are coroutines."""
_BUILT_IN: Final = frozenset({"input", "open", "print", "BaseException"})
_FILES: Final = frozenset({"open", "io.open"})
_FILE_METHODS: Final = frozenset({"read_text", "read_bytes", "write_text", "write_bytes"})
_LOGGING: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
# Called when a plugin starts, stops or is configured anew, and not for a request: there files may be read.
_SELDOM: Final = frozenset({"startup", "shutdown", "config_changed"})


def source_findings(plugin: str, files: list[Path]) -> list[Finding]:
    """Return what is wrong with a plugin's source.

    Args:
        files: Those of its modules; one that cannot be parsed is passed over, since it could not be imported either.
    """
    found: list[Finding] = []
    for file in files:
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        except (OSError, SyntaxError, ValueError):
            continue
        found += [
            Finding(rule, message, plugin, hook, str(file), line)
            for rule, message, hook, line in Module(tree).findings()
        ]
    return found


_CANCELLED: Final = "asyncio.CancelledError"
_EVERYTHING: Final = "everything"
_CANCELLING: Final = frozenset({_EVERYTHING, "BaseException", _CANCELLED})

Found = tuple[str, str, str | None, int]


class Module:
    """One module: its imports, its functions, and who calls whom by name."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = dict(_imported(tree))
        self._functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
        self._methods = dict(_methods(tree))
        inside = set(self._methods.values())
        self._by_name = {node.name: node for node in self._functions if node not in inside}
        self._hooks = {node for node in self._functions if any(map(self._is_hookimpl, node.decorator_list))}

    def findings(self) -> Iterator[Found]:
        """Yield rule, message, hook and line of what is wrong."""
        hooks = {hook for hook in self._hooks if not _offloaded(hook)}
        in_loop = self._reached({*hooks, *(one for one in self._functions if isinstance(one, ast.AsyncFunctionDef))})
        for_requests = self._reached({hook for hook in hooks if not _is_seldom(hook)})
        for function in self._functions:
            hook = function.name if function in self._hooks else None
            awaited = {id(node.value) for node in _own_nodes(function) if isinstance(node, ast.Await)}
            for node in _own_nodes(function):
                if isinstance(node, ast.Call):
                    if function in in_loop:
                        yield from self._blocking(node, function, hook)
                    if function in for_requests and id(node) not in awaited:
                        yield from self._of_files(node, function, hook)
                    yield from self._telling(node, function, hook)
                elif isinstance(function, ast.AsyncFunctionDef):
                    yield from self._swallowing(node, function, hook)
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    yield from self._lost(node.value, function, hook)

    def _blocking(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        name = self._resolved(call.func)
        if name in BLOCKING:
            message = f"{function.name}() calls {name}(), which blocks the event loop: use {BLOCKING[name]}"
            yield "blocking-call", message, hook, call.lineno

    def _of_files(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        name, method = self._resolved(call.func), _last_name(call.func)
        if name in _FILES or (isinstance(call.func, ast.Attribute) and method in _FILE_METHODS):
            message = (
                f"{function.name}() calls {name if name in _FILES else method}() for a request: read files in startup,"
                " or by `await asyncio.to_thread(...)`"
            )
            yield "file-in-hook", message, hook, call.lineno

    def _telling(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        """Find what is told where nobody reads it, and what is told that nobody may read."""
        if self._resolved(call.func) == "print":
            yield "prints", f"{function.name}() prints: use context.logger", hook, call.lineno
        holder, _, method = _dotted(call.func).rpartition(".")
        if method in _LOGGING and holder.rpartition(".")[2].lstrip("_") in ("logger", "logging", "log"):
            values = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(_last_name(one.func) == "get_secret_value" for one in _calls_in(values)):
                message = (
                    f"{function.name}() logs what get_secret_value() returns: log the field itself, which is masked"
                )
                yield "logs-secret", message, hook, call.lineno

    def _swallowing(self, node: ast.AST, function: Function, hook: str | None) -> Iterator[Found]:
        """Find where an `await` is cancelled and its function goes on all the same."""
        if isinstance(node, ast.With) and _suspends(node.body):
            caught = {self._resolved(one) for call in self._suppressing(node) for one in call.args}
            yield from self._judged(caught, node.lineno, function, hook)
        elif isinstance(node, ast.Try | ast.TryStar) and _suspends(node.body):
            for handler in node.handlers:
                caught = self._caught(handler)
                if any(isinstance(one, ast.Raise) for one in ast.walk(handler)):
                    if caught & _CANCELLING:
                        return  # later handlers do not see it
                else:
                    yield from self._judged(caught, handler.lineno, function, hook)

    def _judged(self, caught: set[str], line: int, function: Function, hook: str | None) -> Iterator[Found]:
        swallowed = caught & _CANCELLING
        # Who cancels a task itself, and waits for its end, has to catch that.
        cancels = any(_last_name(one.func) == "cancel" for one in _calls_in(function.body))
        if swallowed and not (cancels and _CANCELLED in swallowed):
            what = min(swallowed)
            message = f"{function.name}() catches {what} and goes on, cancellation too: add `raise`, or catch Exception"
            yield "swallows-cancellation", message, hook, line

    def _caught(self, handler: ast.ExceptHandler) -> set[str]:
        if handler.type is None:
            return {_EVERYTHING}
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return {self._resolved(one) for one in types}

    def _suppressing(self, node: ast.With) -> Iterator[ast.Call]:
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and self._resolved(call.func) == "contextlib.suppress":
                yield call

    def _lost(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        chain = _dotted(call.func).split(".")
        if chain[0] == "self":
            chain = chain[1:]
        is_coroutine = len(chain) == 3 and chain[0] == "context" and chain[1] in AWAITED and chain[2] != "stream"
        if is_coroutine or chain[-2:] == ["context", "validate_outbound_url"]:
            name = ".".join(chain)
            message = f"{function.name}() does not await {name}(): nothing happens; write `await {name}(...)`"
            yield "not-awaited", message, hook, call.lineno

    def _reached(self, found: set[Function]) -> set[Function]:
        """Return functions, and those that they call by name, and so on; hooks are called by the host alone."""
        waiting = list(found)
        while waiting:
            for call in _calls_in(waiting.pop().body):
                called = self._called(call.func)
                if called is not None and called not in found and called not in self._hooks:
                    found.add(called)
                    waiting.append(called)
        return found

    def _called(self, node: ast.expr) -> Function | None:
        """Return the function of this module that a call is of: of the plugin itself, or by its bare name."""
        holder, _, name = _dotted(node).rpartition(".")
        if holder:
            return self._methods.get(name) if holder in ("self", "cls") else None
        return self._by_name.get(name)

    def _resolved(self, node: ast.expr) -> str:
        """Return the dotted name that an expression stands for, by what the module imported; empty for others."""
        first, dot, rest = _dotted(node).partition(".")
        if first in self._names:
            return f"{self._names[first]}{dot}{rest}"
        return first if first in _BUILT_IN and not dot and first not in self._by_name else ""

    def _is_hookimpl(self, decorator: ast.expr) -> bool:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        return "hookimpl" in _dotted(node).split(".")


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _methods(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((one.name, one) for one in node.body if isinstance(one, Function))


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without those of functions in it."""
    return _nodes(function.body)


def _calls_in(parts: Iterable[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in _nodes(parts) if isinstance(node, ast.Call))


def _suspends(body: Iterable[ast.AST]) -> bool:
    """Return whether something is awaited there, which is where cancellation arrives."""
    return any(isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Yield) for node in _nodes(body))


def _nodes(parts: Iterable[ast.AST]) -> Iterator[ast.AST]:
    waiting = list(parts)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting[:0] = ast.iter_child_nodes(node)


def _is_seldom(hook: Function) -> bool:
    return hook.name in _SELDOM or hook.name.startswith("register_")


def _offloaded(function: Function) -> bool:
    return any(
        keyword.arg == "offload" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _last_name(node: ast.expr) -> str:
    return _dotted(node).rpartition(".")[2]
