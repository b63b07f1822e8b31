"""What a plugin's source tells: calls that block, cancellation that is swallowed, coroutines that are lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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


Found = tuple[str, str, str | None, int]


class Module:
    """One module: its imports, its functions, and who calls whom by name."""

    def __init__(self, tree: ast.Module) -> None:
        self._names = dict(_imported(tree))
        self._functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
        self._by_name = {node.name: node for node in self._functions}
        self._hooks = {node for node in self._functions if any(map(self._is_hookimpl, node.decorator_list))}

    def findings(self) -> Iterator[Found]:
        """Yield rule, message, hook and line of what is wrong."""
        in_loop = self._run_in_the_loop()
        for function in self._functions:
            hook = function.name if function in self._hooks else None
            for node in _own_nodes(function):
                if isinstance(node, ast.Call) and function in in_loop:
                    yield from self._blocking(node, function, hook)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                    yield "prints", f"{function.name}() prints: use context.logger", hook, node.lineno
                if isinstance(node, ast.ExceptHandler) and isinstance(function, ast.AsyncFunctionDef):
                    yield from self._swallowing(node, function, hook)
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    yield from self._lost(node.value, function, hook)

    def _blocking(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        name = self._resolved(call.func)
        if name in BLOCKING:
            message = f"{function.name}() calls {name}(), which blocks the event loop: use {BLOCKING[name]}"
            yield "blocking-call", message, hook, call.lineno

    def _swallowing(self, handler: ast.ExceptHandler, function: Function, hook: str | None) -> Iterator[Found]:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {"" if one is None else self._resolved(one) for one in types}
        caught = names & {"", "BaseException", "asyncio.CancelledError"}
        if caught and not any(isinstance(node, ast.Raise) for node in ast.walk(handler)):
            what = next(iter(caught)) or "everything"
            message = f"{function.name}() catches {what} and goes on, cancellation too: add `raise`, or catch Exception"
            yield "swallows-cancellation", message, hook, handler.lineno

    def _lost(self, call: ast.Call, function: Function, hook: str | None) -> Iterator[Found]:
        chain = _dotted(call.func).split(".")
        if chain[0] == "self":
            chain = chain[1:]
        is_coroutine = len(chain) == 3 and chain[0] == "context" and chain[1] in AWAITED and chain[2] != "stream"
        if is_coroutine or chain[-2:] == ["context", "validate_outbound_url"]:
            name = ".".join(chain)
            message = f"{function.name}() does not await {name}(): nothing happens; write `await {name}(...)`"
            yield "not-awaited", message, hook, call.lineno

    def _run_in_the_loop(self) -> set[Function]:
        """Return the functions that run in the event loop: coroutines, hooks, and what those call by name."""
        found = {
            function
            for function in self._functions
            if isinstance(function, ast.AsyncFunctionDef) or (function in self._hooks and not _offloaded(function))
        }
        waiting = list(found)
        while waiting:
            for node in _own_nodes(waiting.pop()):
                called = self._by_name.get(_last_name(node.func)) if isinstance(node, ast.Call) else None
                if called is not None and called not in found and called not in self._hooks:
                    found.add(called)
                    waiting.append(called)
        return found

    def _resolved(self, node: ast.expr) -> str:
        """Return the dotted name that an expression stands for, by what the module imported."""
        first, dot, rest = _dotted(node).partition(".")
        return f"{self._names.get(first, first)}{dot}{rest}"

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


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without those of functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting[:0] = ast.iter_child_nodes(node)


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
