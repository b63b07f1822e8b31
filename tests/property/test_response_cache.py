"""The law of the cache: whatever is asked by whomever in whatever order, nobody gets what was made for others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeiq_plugin_sdk import LLMCall, LLMResponse, PluginRequest, Principal, StreamChunk
from routeiq_plugin_sdk.testing import MockPluginContext

from routeiq_builtin_plugins.response_cache import ResponseCache
from routeiq_builtin_plugins.response_cache.config import Config

WHO = st.tuples(st.sampled_from("ab"), st.sampled_from([None, "x", "y"]))
ASKED = st.tuples(WHO, st.sampled_from(["q", "q.", "r"]), st.booleans(), st.sampled_from(["", "no-store", "no-cache"]))


class Client:
    """Makes calls through the plugin's hooks, and answers them itself with whom they were made for."""

    def __init__(self, share: str, semantic: bool) -> None:
        config = Config(share=share, semantic={"plugin": "embeds", "threshold": 0.1} if semantic else None)  # type: ignore[arg-type]
        self.plugin, self.context = ResponseCache(), MockPluginContext(config=config, plugin="response-cache")
        self.context.shared.others["embeds"] = {"embed": lambda texts: [[1.0, 1.0] for _ in texts]}
        self.number = 0

    async def ask(self, who: tuple[str, str | None], text: str, stream: bool, control: str) -> str:
        self.number += 1
        principal = Principal(who[0], metadata={} if who[1] is None else {"tenant": who[1]})
        request = PluginRequest.mock("POST", headers={"cache-control": control} if control else {}, principal=principal)
        call = LLMCall(str(self.number), "chat", "m", stream, request)
        messages = [{"role": "user", "content": text}]
        hit = await self.plugin.llm_pre_call(call, "m", messages, {}, self.context)
        if hit is not None:
            call.answered_by = "response-cache"
            await self.plugin.llm_success(call, hit, self.context)
            return hit.text
        answer = LLMResponse(f"{who[0]}|{who[1]}|{self.number}")
        if stream:
            for chunk in (StreamChunk(text=answer.text), StreamChunk("other", finish_reason="stop")):
                self.plugin.llm_stream_chunk(call, chunk, self.context)
        await self.plugin.llm_success(call, answer, self.context)
        return answer.text


@pytest.mark.parametrize("semantic", [False, True])
@pytest.mark.parametrize("share", ["key", "tenant"])
@settings(max_examples=25)
@given(st.lists(ASKED, max_size=12))
def test_no_answer_crosses_the_borders_of_keys_or_tenants(share: str, semantic: bool, asked: list[Any]) -> None:
    async def run() -> None:
        client = Client(share, semantic)
        for who, text, stream, control in asked:
            made_for, tenant, _ = (await client.ask(who, text, stream, control)).split("|")
            if share == "key" or who[1] is None:
                assert (made_for, tenant) == (who[0], tenant)
                assert made_for == who[0]
            else:
                assert tenant == who[1]

    asyncio.run(run())


@settings(max_examples=25)
@given(st.lists(ASKED, max_size=12))
def test_the_same_question_of_the_same_client_has_one_answer_until_it_wants_another(asked: list[Any]) -> None:
    async def run() -> None:
        client = Client("key", semantic=False)
        kept: dict[Any, str] = {}
        for who, text, stream, control in asked:
            got = await client.ask(who, text, stream, control)
            key = who[0], text
            if control != "no-cache" and key in kept:
                assert got == kept[key]
            elif control != "no-store":
                kept[key] = got

    asyncio.run(run())
