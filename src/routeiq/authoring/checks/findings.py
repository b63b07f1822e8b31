"""What a check finds, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is looked for.

    Attributes:
        severity: An error makes the check fail; a warning does so with `--strict`.
        meaning: What it finds, and why that matters; a sentence of the reference.
    """

    severity: Severity
    meaning: str


def _error(meaning: str) -> Rule:
    return Rule("error", meaning)


def _warning(meaning: str) -> Rule:
    return Rule("warning", meaning)


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # What it says of itself
        "cannot-load": _error("The plugin cannot be imported, or there is none where the entry point says."),
        "refused": _error("The gateway refuses it: a hook, an argument, a capability or its metadata is wrong."),
        "name-differs": _error("`metadata.name` and the name of the entry point differ: the gateway loads neither."),
        "version-differs": _error("`metadata.version` and the distribution's version differ: operators see one."),
        "no-version": _error("Neither the metadata nor a distribution says which version it is."),
        "no-description": _error("Neither the metadata nor the distribution says what it does."),
        "no-compatibility": _warning("`gateway_compat` does not say with which versions of RouteIQ it works."),
        "unused-capability": _error("It declares a capability that none of its hooks needs."),
        "pth-file": _error("Its wheel has a `.pth` file: code in it runs at every start of Python, plugin or not."),
        # What happens when it is imported
        "network-at-import": _error("Importing it looks up a name, connects or listens."),
        "process-at-import": _error("Importing it starts a process."),
        "file-written-at-import": _error("Importing it writes, renames or removes a file."),
        "file-read-at-import": _error("Importing it reads a file that is neither its own nor the interpreter's."),
        "thread-at-import": _error("Importing it starts a thread, which nobody ends."),
        "prints-at-import": _warning("Importing it prints: the output of commands of RouteIQ is read by programs."),
        "slow-import": _warning("Importing it takes more than a second of the processor: each worker's start waits."),
        # How it is configured
        "no-field-description": _error("A field of the configuration does not say what it means."),
        "no-default": _warning("A field of the configuration has no default: it does not start without a file."),
        "default-invalid": _error("The configuration's own defaults are refused by its validation."),
        "plain-secret": _error("A field that holds a secret is no `SecretStr`: it is shown wherever configuration is."),
        "config-fails": _error("A configuration that its model allows makes its hooks fail."),
        # What its code does
        "blocking-call": _error("A call that blocks is made in the event loop: all other requests wait."),
        "file-in-hook": _warning("A hook reads or writes a file in the event loop: a slow disk holds up all requests."),
        "logs-secret": _error("What a `SecretStr` hides is logged, for everybody who reads the log."),
        "swallows-cancellation": _error("A handler catches cancellation and goes on: deadlines have no effect."),
        "not-awaited": _error("A call of the context is not awaited, so that it does nothing."),
        "prints": _warning("A function prints: use `context.logger`, which knows the plugin and the request."),
        "type-error": _error("mypy finds a mistake in its types."),
        # How it behaves
        "does-not-start": _error("It does not start with its default configuration."),
        "dependency-missing": _warning("It depends on a plugin that is not installed here, so that it cannot be run."),
        "raises": _error("A hook raises an exception other than `Reject` for input that clients can send."),
        "background-raises": _error("A function that it gave to `context.every` or `context.events` raises."),
        "logs-credentials": _error("What a client shows to say who it is gets into the log."),
        "wrong-type": _error("A hook returns what its phase has no use for: it counts as a failure."),
        "changes-arguments": _error("A hook changes what it was handed, which others share."),
        "blocks-event-loop": _error("A hook keeps the event loop for more than 50 ms: all other requests wait."),
        "slow-hook": _warning("A hook takes more than 5 ms of the processor for an ordinary request."),
        "never-returns": _error("A hook does not return within 5 seconds, or it ends the process."),
        "depends-on-chunks": _error("A streamed answer differs by the chunks in which it came."),
        "does-not-stop": _error("It does not shut down."),
        "leaves-tasks": _error("Tasks that it began are still running after its shutdown."),
        "leaves-threads": _error("Threads that it began keep the process alive after its shutdown."),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a plugin.

    Attributes:
        rule: Its name in `RULES`.
        message: What is wrong, and what would be right.
        plugin: The plugin's name, or that of its entry point where nothing else is known.
        hook: The hook that it is about, or None.
        file: The file that it is in, or None.
        line: The line in that, or None.
    """

    rule: str
    message: str
    plugin: str
    hook: str | None = None
    file: str | None = None
    line: int | None = None

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"severity": self.severity, **asdict(self)}
