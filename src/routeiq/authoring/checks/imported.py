"""What happens when a plugin is imported: run in a process of its own, under CPython's audit hooks (PEP 578)."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from ..descriptions import load_plugin
from ..errors import ToolkitError
from .declarations import declared_by

_NETWORK: Final = frozenset(
    {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
)
_PROCESSES: Final = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"})
_WRITES: Final = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
)
_SYSTEM: Final = (
    "/usr",
    "/etc",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/proc",
    "/sys",
    "/dev",
    "/var/lib",
    "/System",
    "/Library",
)
SLOW: Final = 1.0
"""Seconds of the processor that an import may take."""


class Watch:
    """Notes what code does while it is watched; an audit hook can't be taken away again, so that it is switched off."""

    def __init__(self, own: list[Path]) -> None:
        self.notes: list[tuple[str, str]] = []
        self._on = False
        self._own = [str(path) for path in own]
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
        prefixes.update((site.getusersitepackages(), *site.getsitepackages(), *filter(None, sys.path)))
        self._readable = tuple(os.path.realpath(path) for path in (*prefixes, *self._own)) + _SYSTEM
        sys.addaudithook(self._heard)

    def __enter__(self) -> Self:
        self._on = True
        return self

    def __exit__(self, *exception: object) -> None:
        self._on = False

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or threading.current_thread() is not threading.main_thread():
            return
        self._on = False  # what is done here is ours
        try:
            self.notes += self._judged(event, arguments)
        finally:
            self._on = True

    def _judged(self, event: str, arguments: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
        if event in _NETWORK:
            what = arguments[1] if event.startswith("socket.") and len(arguments) > 1 else arguments
            if not isinstance(what, str | bytes) or event != "socket.connect":  # a path: a Unix socket
                yield "network-at-import", f"importing it does {event}({what!r}): do it in `startup`"
        elif event in _PROCESSES:
            yield "process-at-import", f"importing it starts a process ({event} {arguments[0]!r}): do it in `startup`"
        elif event in _WRITES and not _is_cache(arguments[0]):
            yield "file-written-at-import", f"importing it does {event}({arguments[0]!r}): do it in `startup`"
        elif event == "open" and isinstance(arguments[0], str | bytes) and not _is_cache(arguments[0]):
            yield from self._opened(os.path.realpath(os.fsdecode(arguments[0])), arguments[1], arguments[2])

    def _opened(self, path: str, mode: str | None, flags: int) -> Iterator[tuple[str, str]]:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or any(letter in (mode or "r") for letter in "wax+"):
            if not path.startswith("/dev/"):
                yield "file-written-at-import", f"importing it writes {path}: do it in `startup`"
        elif not path.startswith(self._readable):
            yield (
                "file-read-at-import",
                f"importing it reads {path}: ship it in the package, or name it in the configuration",
            )


def _is_cache(path: object) -> bool:
    return isinstance(path, str | bytes) and "__pycache__" in os.fsdecode(path)


def examine(plugins: Mapping[str, str], own: list[str], facts: Mapping[str, str | None], named: bool) -> dict[str, Any]:
    """Import plugins, and return what that did, and what they say of themselves.

    Args:
        plugins: What to import for each, by its entry point's name.
        own: The folders of the plugins' own files.
        facts: What their distribution's metadata says.
        named: Whether they have entry points.

    Returns:
        `notes`, pairs of rule and message; by plugin, `files` of its modules, `failed`, why it could not be imported,
        and `said`, what `declared_by` returns.
    """
    imported = _import_watched(plugins, own)
    said = {
        name: declared_by(reference, name if named else None, facts)
        for name, reference in plugins.items()
        if name not in imported["failed"]
    }
    return {**imported, "said": said}


def _import_watched(plugins: Mapping[str, str], own: list[str]) -> dict[str, Any]:
    watch = Watch([Path(path) for path in own])
    threads = set(threading.enumerate())
    failed: dict[str, str] = {}
    files: dict[str, list[str]] = {}
    began = time.process_time()
    output = _Output()
    for name, reference in plugins.items():
        try:
            with watch:
                load_plugin(reference)
        except ToolkitError as error:
            failed[name] = str(error)
        files[name] = sorted(_files_of(reference.partition(":")[0].strip()))
    took = time.process_time() - began
    notes = list(dict.fromkeys(watch.notes))
    left = [thread.name for thread in set(threading.enumerate()) - threads]
    if left:
        notes.append(("thread-at-import", f"importing it starts the thread {', '.join(left)}: do it in `startup`"))
    if text := output.end():
        notes.append(("prints-at-import", f"importing it prints {text[:80]!r}: log it in `startup`"))
    if took > SLOW:
        notes.append(
            ("slow-import", f"importing it takes {took:.1f} s of the processor: import what is heavy where it is used")
        )
    return {"notes": notes, "files": files, "failed": failed}


def _files_of(module: str) -> Iterator[str]:
    """Yield the files of a plugin's modules: of its package, or of the package that its module is in."""
    loaded = sys.modules.get(module)
    package = module if loaded is None or hasattr(loaded, "__path__") else module.rpartition(".")[0] or module
    for name, one in list(sys.modules.items()):
        file = getattr(one, "__file__", None)
        if file and file.endswith(".py") and (name in (module, package) or name.startswith(f"{package}.")):
            yield file


class _Output:
    """Keeps what is printed, by C code too, until it is asked for it."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._before = os.dup(1)
        self._place = tempfile.TemporaryFile()  # noqa: SIM115 - it is open until `end`
        os.dup2(self._place.fileno(), 1)

    def end(self) -> str:
        """Return what was printed, and have further output go where it went before."""
        sys.stdout.flush()
        os.dup2(self._before, 1)
        os.close(self._before)
        with self._place:
            self._place.seek(0)
            return self._place.read().decode(errors="replace").strip()
