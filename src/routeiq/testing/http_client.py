"""`context.http` in a harness: the operator's policy as far as a URL tells it, and then what the test has scripted."""

from __future__ import annotations

from typing import Unpack

from routeiq_plugin_sdk import HTTPResponse, RequestOptions
from routeiq_plugin_sdk.testing import ScriptedHTTP
from routeiq_plugin_sdk.testing.http import outbound_request

from routeiq.core.outbound import OutboundPolicy

from .faults import Faults


class HarnessHTTP(ScriptedHTTP):
    """One plugin's client. Names are not resolved: they may be reached unless the policy refuses them as names."""

    def __init__(self, plugin: str, policy: OutboundPolicy, script: ScriptedHTTP, faults: Faults) -> None:
        """Make one.

        Args:
            script: Answers, and keeps the requests of all plugins.
        """
        super().__init__()
        self._plugin = plugin
        self._policy = policy
        self._script = script
        self._faults = faults

    async def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> HTTPResponse:
        """Return what the test scripted. Raises OutboundRefused where the policy does."""
        self._policy.parse(url)
        self._faults.meet(self._plugin, "http")
        return await self._script.answer(outbound_request(method, url, options, self._plugin))

    async def validate(self, url: str) -> None:
        """Raise OutboundRefused if the policy refuses a URL as it is written."""
        self._policy.parse(url)

    async def leave_loop(self) -> None:
        """Nothing is open."""

    async def close(self) -> None:
        """Nothing is open."""


class HarnessHTTPFactory:
    """What a harness hands to its plugin manager."""

    def __init__(self, script: ScriptedHTTP, faults: Faults) -> None:
        self._script = script
        self._faults = faults

    def __call__(self, plugin: str, policy: OutboundPolicy) -> HarnessHTTP:
        """Return the client of a plugin."""
        return HarnessHTTP(plugin, policy, self._script, self._faults)
