"""A client that plays scenarios against an HTTP server: what the gateway and LiteLLM's Proxy have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx
import openai

from tests.fakes.upstream import Upstream

from .scenarios import MODEL, TEMPERATURE, Scenario


class HTTPClient:
    """Real clients of OpenAI's and Anthropic's APIs, neither of which repeats anything."""

    def __init__(self, url: str, upstream: Upstream, api_key: str = "none") -> None:
        """Speak to the server at `url`; the upstream is set up for each scenario."""
        self._upstream = upstream
        self._openai = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=api_key, max_retries=0, timeout=10)
        self._anthropic = anthropic.AsyncAnthropic(base_url=url, api_key=api_key, max_retries=0, timeout=10)

    async def close(self) -> None:
        """Close the connections."""
        await self._openai.close()
        await self._anthropic.close()

    async def play(self, scenario: Scenario) -> str:
        """Make the scenario's call, and return what the client got: `Trace.client`."""
        prepare(self._upstream, scenario)
        if scenario.client == "leaves":
            call = asyncio.ensure_future(self._call(scenario))
            await asyncio.to_thread(self._upstream.wait)
            call.cancel()
            await asyncio.wait({call})
            return "left"
        try:
            answer = await self._call(scenario)
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            return f"error: {error.status_code}"
        return await read(scenario, answer) if scenario.stream else f"answer: {whole_text(scenario, answer)}"

    async def _call(self, scenario: Scenario) -> Any:
        messages: Any = [{"role": "user", "content": scenario.said}]
        client, stream = self._openai, scenario.stream
        common: dict[str, Any] = {"model": MODEL, "temperature": TEMPERATURE, "stream": stream}
        match scenario.api:
            case "chat":
                return await client.chat.completions.create(**common, messages=messages)
            case "completion":
                return await client.completions.create(**common, prompt=scenario.said)
            case "embedding":
                return await client.embeddings.create(model=MODEL, input=scenario.said, encoding_format="float")
            case "responses":
                return await client.responses.create(**common, input=scenario.said)
            case "messages":
                rest = {"temperature": TEMPERATURE}  # which this client does not have among its arguments
                create = self._anthropic.messages.create
                return await create(model=MODEL, stream=stream, messages=messages, max_tokens=9, extra_body=rest)


def prepare(upstream: Upstream, scenario: Scenario) -> None:
    """Set an upstream up for a scenario."""
    upstream.reset()
    upstream.script.extend(scenario.upstream)
    upstream.default = scenario.upstream[-1]


async def read(scenario: Scenario, stream: Any) -> str:
    """Read a stream as the scenario's client does, and return what it got."""
    text, pieces = "", 0
    try:
        async for piece in texts(scenario, stream):
            text += piece
            pieces += 1
            if scenario.client == "closes early" and pieces == scenario.pieces:
                await stream.close()
                return f"closed after: {text}"
    except (openai.APIError, anthropic.APIError, httpx.TransportError):
        return f"broken after: {text}"
    return f"answer: {text}"


async def texts(scenario: Scenario, stream: Any) -> AsyncIterator[str]:
    """Return the pieces of text in a stream of any API."""
    async for event in stream:
        piece = None
        if scenario.api == "chat" and event.choices:
            piece = event.choices[0].delta.content
        elif scenario.api == "completion" and event.choices:
            piece = event.choices[0].text
        elif scenario.api == "responses" and event.type == "response.output_text.delta":
            piece = event.delta
        elif scenario.api == "messages" and event.type == "content_block_delta" and event.delta.type == "text_delta":
            piece = event.delta.text
        if piece:
            yield piece


def whole_text(scenario: Scenario, answer: Any) -> str:
    """Return the text of a whole answer of any API; the length of an embedding."""
    match scenario.api:
        case "chat":
            return answer.choices[0].message.content or ""
        case "completion":
            return str(answer.choices[0].text)
        case "embedding":
            return f"{len(answer.data[0].embedding)} numbers"
        case "responses":
            return str(answer.output_text)
        case "messages":
            return "".join(block.text for block in answer.content if block.type == "text")
