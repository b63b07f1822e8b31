"""LiteLLM's Proxy under plugins as a host of the golden trace: served on a loopback socket."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar
from unittest import mock

from routeiq import PluginManager, create_app
from routeiq.core.settings import ManagerSettings
from tests.fakes.upstream import Upstream

from .gateway_host import serving
from .http_client import HTTPClient
from .recorder import Decider, Recorder
from .scenarios import MODEL, RETRIES, UPSTREAM_MODEL, Scenario
from .trace import Host, Trace, normalise

KEY = "sk-" + "0d5c7a9be1f24683"
MESSAGES = "what LiteLLM makes of Anthropic's API over an upstream of OpenAI's is a call of another API inside it"
GOES_ON = "the Proxy goes on for a client that has left"
READS_AHEAD = "the Proxy reads ahead, so that a stream which breaks early has no beginning"
ASKS_USAGE = "the Proxy asks for a stream's usage itself, as plugins see in the parameters"
STREAMS = (
    "chat, streamed", "chat with a tool, streamed", "a plugin answers, streamed", "a plugin rejects, streamed",
    "429, then a stream", "500 for ever, streamed", "the reader closes early",
)  # fmt: skip


class ProxyHost:
    """The Proxy, by its clients."""

    name: ClassVar = "proxy"
    lacks: ClassVar[Mapping[str, str]] = {
        "messages": MESSAGES,
        "messages, streamed": MESSAGES,
        "the client leaves before the answer": GOES_ON,
        "the client leaves before the stream": GOES_ON,
    }
    differences: ClassVar[Mapping[str, str]] = {"the stream breaks": READS_AHEAD, **dict.fromkeys(STREAMS, ASKS_USAGE)}

    def __init__(self, recorder: Recorder, client: HTTPClient) -> None:
        self._recorder = recorder
        self._client = client

    async def run(self, scenario: Scenario) -> Trace:
        """Make the call over HTTP, and return what the plugins saw."""
        self._recorder.steps.clear()
        client = await self._client.play(scenario)
        await self._recorder.ended()
        return Trace(normalise(self._recorder.steps), client)


@asynccontextmanager
async def host(upstream: Upstream) -> AsyncIterator[Host]:
    """Serve the Proxy while the block runs."""
    params = {"model": f"openai/{UPSTREAM_MODEL}", "api_base": upstream.openai_url, "api_key": "k"}
    entry = {"model_name": MODEL, "litellm_params": params, "model_info": {"id": f"{MODEL}:1"}}
    router = {"num_retries": RETRIES, "retry_after": 0, "disable_cooldowns": True}
    manager = PluginManager(ManagerSettings())
    recorder = Recorder()
    manager.register(recorder)
    manager.register(Decider())
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"LITELLM_MASTER_KEY": KEY}):
        config = Path(folder) / "litellm.yaml"
        config.write_text(json.dumps({"model_list": [entry], "router_settings": router, "storage": "memory"}))
        async with serving(create_app(config, manager)) as url:
            client = HTTPClient(url, upstream, KEY)
            try:
                yield ProxyHost(recorder, client)
            finally:
                await client.close()
