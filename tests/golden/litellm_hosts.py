"""LiteLLM's SDK and Router as hosts of the golden trace: called in this process, under the adapter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import httpx
import litellm
import openai

from routeiq import PluginManager
from routeiq.adapters.litellm import LiteLLMAdapter
from routeiq.core.settings import ManagerSettings
from tests.fakes.upstream import Upstream

from .http_client import prepare, texts, whole_text
from .recorder import Decider, Recorder
from .scenarios import MODEL, RETRIES, TEMPERATURE, UPSTREAM_MODEL, Scenario
from .trace import Host, Trace, normalise

Call = Callable[..., Awaitable[Any]]
MESSAGES = "what LiteLLM makes of Anthropic's API over an upstream of OpenAI's is a call of another API inside it"


class LiteLLMHost:
    """LiteLLM in this process."""

    name: ClassVar = "litellm"
    lacks: ClassVar[Mapping[str, str]] = {"messages": MESSAGES, "messages, streamed": MESSAGES}
    differences: ClassVar[Mapping[str, str]] = {}

    def __init__(self, recorder: Recorder, upstream: Upstream, names: Mapping[str, str]) -> None:
        self._recorder = recorder
        self._upstream = upstream
        self._names = names

    def functions(self) -> Mapping[str, Call]:
        """Return what is called for each API."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of each call."""
        raise NotImplementedError

    async def run(self, scenario: Scenario) -> Trace:
        """Make the call, and return what the plugins saw."""
        self._recorder.steps.clear()
        prepare(self._upstream, scenario)
        client = await self._play(scenario)
        await self._recorder.ended()
        return Trace(normalise(self._recorder.steps, self._names), client)

    async def _play(self, scenario: Scenario) -> str:
        if scenario.client == "leaves":
            call = asyncio.ensure_future(self._call(scenario))
            await asyncio.to_thread(self._upstream.wait)
            call.cancel()
            await asyncio.wait({call})
            return "left"
        try:
            answer = await self._call(scenario)
        except openai.APIError as error:
            return f"error: {getattr(error, 'status_code', None)}"
        if scenario.stream:
            return await self._read(scenario, answer)
        if scenario.api == "embedding":
            return f"answer: {len(answer.data[0]['embedding'])} numbers"
        return f"answer: {whole_text(scenario, answer)}"

    async def _call(self, scenario: Scenario) -> Any:
        call = self.functions()[scenario.api]
        common = self.arguments()
        if scenario.api == "embedding":
            return await call(**common, input=scenario.said, encoding_format="float")
        common |= {"temperature": TEMPERATURE, "stream": scenario.stream}
        if scenario.api != "responses" and isinstance(self, SDKHost):
            common["max_retries"] = 0  # of OpenAI's client, below LiteLLM
        if scenario.api == "chat":
            return await call(**common, messages=[{"role": "user", "content": scenario.said}])
        return await call(**common, **{"prompt" if scenario.api == "completion" else "input": scenario.said})

    async def _read(self, scenario: Scenario, stream: Any) -> str:
        text, pieces = "", 0
        try:
            async for piece in texts(scenario, stream):
                text += piece
                pieces += 1
                if scenario.client == "closes early" and pieces == scenario.pieces:
                    await stream.aclose()
                    return f"closed after: {text}"
        except (openai.APIError, httpx.TransportError):
            return f"broken after: {text}"
        return f"answer: {text}"


class SDKHost(LiteLLMHost):
    """The functions of the SDK."""

    name: ClassVar = "sdk"
    differences: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("429, then an answer", "429, then a stream", "500 for ever", "500 for ever, streamed"),
        "a call of the SDK has one attempt: its own num_retries are inside it",
    )

    def functions(self) -> Mapping[str, Call]:
        """Return the module's functions, which are replaced while the adapter is installed."""
        return {
            "chat": litellm.acompletion,
            "completion": litellm.atext_completion,
            "embedding": litellm.aembedding,
            "responses": litellm.aresponses,
        }

    def arguments(self) -> dict[str, Any]:
        """Return what names the upstream; nothing is repeated."""
        base = self._upstream.openai_url
        return {"model": f"openai/{UPSTREAM_MODEL}", "api_base": base, "api_key": "k"}


class RouterHost(LiteLLMHost):
    """The methods of a Router with one deployment."""

    name: ClassVar = "router"
    differences: ClassVar[Mapping[str, str]] = {}

    def __init__(self, recorder: Recorder, upstream: Upstream, names: Mapping[str, str], router: Any) -> None:
        super().__init__(recorder, upstream, names)
        self._router = router

    def functions(self) -> Mapping[str, Call]:
        """Return the Router's methods."""
        router = self._router
        return {
            "chat": router.acompletion,
            "completion": router.atext_completion,
            "embedding": router.aembedding,
            "responses": router.aresponses,
        }

    def arguments(self) -> dict[str, Any]:
        """Return the model group."""
        return {"model": MODEL}


@asynccontextmanager
async def under_plugins() -> AsyncIterator[Recorder]:
    """Install the adapter of a manager with the two plugins while the block runs."""
    manager = PluginManager(ManagerSettings())
    recorder = Recorder()
    manager.register(recorder)
    manager.register(Decider())
    async with manager:
        adapter = LiteLLMAdapter(manager)
        adapter.install()
        try:
            yield recorder
        finally:
            adapter.uninstall()


@asynccontextmanager
async def sdk_host(upstream: Upstream) -> AsyncIterator[Host]:
    """The SDK."""
    async with under_plugins() as recorder:
        yield SDKHost(recorder, upstream, {f"openai/{UPSTREAM_MODEL}": MODEL})


@asynccontextmanager
async def router_host(upstream: Upstream) -> AsyncIterator[Host]:
    """A Router, made after the install."""
    async with under_plugins() as recorder:
        params = {
            "model": f"openai/{UPSTREAM_MODEL}",
            "api_base": upstream.openai_url,
            "api_key": "k",
            "max_retries": 0,
        }
        entry = {"model_name": MODEL, "litellm_params": params, "model_info": {"id": f"{MODEL}:1"}}
        router = litellm.Router(model_list=[entry], num_retries=RETRIES, retry_after=0, disable_cooldowns=True)
        yield RouterHost(recorder, upstream, {}, router)
