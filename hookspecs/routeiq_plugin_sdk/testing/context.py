"""`MockPluginContext`: all that a plugin is given, without a host, for unit tests of its functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..context import Node, Shared
from ..events import TimerFunction
from .events import MockEvents, MockTimer
from .http import ScriptedHTTP
from .llm import ScriptedLLM
from .metrics import MockLogger, MockMetrics
from .observations import LogLine
from .storage import MockStorage


@dataclass(frozen=True, slots=True)
class MockSettings:
    """The SDK's `Settings`."""

    gateway: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


class MockShared(Shared):
    """The SDK's `Shared`: the plugin's own namespace, and what the test says of others (`others`)."""

    def __init__(self) -> None:
        self.others: dict[str, dict[str, Any]] = {}
        self._own: dict[str, Any] = {}

    def of(self, plugin: str) -> Mapping[str, Any]:
        """Return another plugin's namespace."""
        return self.others.get(plugin, {})

    def __getitem__(self, key: str) -> Any:
        return self._own[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._own[key] = value

    def __delitem__(self, key: str) -> None:
        del self._own[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


class MockPluginContext:
    """A `PluginContext` for a test that calls a plugin's functions itself.

    Time passes only by `advance_time`. No request is sent: `http` answers as the test scripts it.

    Attributes:
        plugin: The plugin's name.
        config: As it was handed over; set it to change it.
        settings: What the plugin may read of the gateway's settings.
        logger: Keeps what is logged: `logs`.
        metrics: Can be read: `metrics.value("calls", model="fast")`.
        shared: The plugin's namespace; `shared.others` has those of others.
        storage: In memory; `storage.failure` makes it fail.
        events: Keeps what is emitted, and `await events.deliver("llm.call.failed", {...})` calls the plugin's handlers.
        http: Answers as scripted: `http.respond("https://guard.example/check", json={"blocked": True})`.
        llm: Answers as scripted: `llm.script("no", UpstreamFailure(503))`; `llm.requests` has what was asked.
        node: The process.
        timers: What `every` made, in order.
        refused: What `validate_outbound_url` raises, by URL.
    """

    def __init__(
        self,
        config: Any = None,
        *,
        plugin: str = "mock-plugin",
        gateway: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        worker: int = 0,
    ) -> None:
        """Make a context.

        Args:
            config: An instance of the plugin's configuration.
            plugin: The plugin's name.
            gateway: The gateway's settings.
            environment: The plugin's own variables, without their prefix.
            worker: The number of the process.
        """
        self.plugin = plugin
        self.config = config
        self.settings = MockSettings(gateway or {}, environment or {})
        self.logger = MockLogger(plugin)
        self.metrics = MockMetrics()
        self.shared = MockShared()
        self._now = 0.0
        self.storage = MockStorage(lambda: self._now)
        self.events = MockEvents(self)
        self.http = ScriptedHTTP()
        self.llm = ScriptedLLM()
        self.node = Node("mock-node", "0", worker)
        self.timers: list[MockTimer] = []
        self.refused: dict[str, Exception] = {}

    @property
    def logs(self) -> list[LogLine]:
        """What the plugin has logged."""
        return self.logger.lines

    async def validate_outbound_url(self, url: str) -> None:
        """Raise what the test put into `refused` for the URL, if it did."""
        if url in self.refused:
            raise self.refused[url]

    def every(self, seconds: float, function: TimerFunction, *, leader: bool = False) -> MockTimer:
        """Keep a timer, which `advance_time` calls. Raises ValueError if `seconds` is no number above 0."""
        timer = MockTimer(seconds, function, leader, self, self._now)
        self.timers.append(timer)
        return timer

    async def advance_time(self, seconds: float) -> None:
        """Let time pass: what is stored expires, and timers are called, one by one and in order.

        What a timer's function raises is raised, at the time of its call.
        """
        until = self._now + seconds
        while True:
            due = [timer for timer in self.timers if not timer.cancelled and timer.due <= until]
            if not due:
                break
            timer = min(due, key=lambda one: one.due)
            self._now = timer.due
            timer.due += timer.seconds
            await timer.call()
        self._now = until
