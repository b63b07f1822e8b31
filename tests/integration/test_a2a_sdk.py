"""The official `a2a-sdk` on both sides of the gateway: each binding, each version, streamed and not."""

import contextlib

import pytest

pytest.importorskip("a2a.server.routes", reason="needs a2a-sdk: the dependency group interop")

import httpx
from a2a.client import A2AClientError, ClientConfig, ClientFactory
from a2a.client.card_resolver import A2ACardResolver
from a2a.helpers import get_stream_response_text, new_text_message
from a2a.types import (
    CancelTaskRequest,
    GetExtendedAgentCardRequest,
    GetTaskRequest,
    ListTasksRequest,
    Role,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskState,
)
from a2a.utils.errors import A2AError
from routeiq_plugin_sdk import Reject, json_texts, with_json_texts
from tests.fakes.a2a_agent import Echo, serving

FORMS = [(binding, version) for binding in ("JSONRPC", "HTTP+JSON") for version in ("1.0", "0.3")]


@pytest.fixture
def executor():
    return Echo()


@pytest.fixture
async def serve(gateway, executor):
    """serve(*plugins): a gateway before the agent, and a way to the official clients of it."""
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(executor))

        async def make(*plugins):
            served = await gateway(*plugins, settings={"a2a_agents": {"echo": {"url": url}}})

            async def client(binding, version, streaming=False):
                http = await stack.enter_async_context(httpx.AsyncClient(timeout=10, headers={"a2a-version": version}))
                card = await A2ACardResolver(http, f"{served.url}/a2a/echo").get_agent_card()
                wanted = [
                    one
                    for one in card.supported_interfaces
                    if (one.protocol_binding, one.protocol_version) == (binding, version)
                ]
                assert [one.url.startswith(f"{served.url}/a2a/echo") for one in wanted] == [True]
                del card.supported_interfaces[:]
                card.supported_interfaces.extend(wanted)
                config = ClientConfig(streaming=streaming, httpx_client=http, supported_protocol_bindings=[binding])
                return ClientFactory(config).create(card)

            return client

        yield make


def message(text):
    return SendMessageRequest(message=new_text_message(text, role=Role.ROLE_USER))


async def ask(client, text):
    return [event async for event in client.send_message(message(text))]


def watch(seen):
    """Return hooks that write down what they see, and change a word each way."""

    async def agent_pre_call(call, agent, message):
        seen.append((call.method, agent, message["role"], [one.text for one in json_texts(message["parts"])]))
        return {**message, "parts": [{"text": message["parts"][0]["text"].replace("red", "blue")}]}

    async def agent_post_call(call, message, result):
        seen.append((call.method, result))
        changed = {text.where: text.text.replace("sky", "sea") for text in json_texts(result) if "sky" in text.text}
        return with_json_texts(result, changed) if changed else None

    return agent_pre_call, agent_post_call


async def test_a_message_and_its_answer_pass_the_plugins_in_one_form(serve, plugin, executor):
    seen = []
    client = await serve(plugin("guard", *watch(seen)))
    for form in FORMS:
        seen.clear()
        (answer,) = await ask(await client(*form), "say red sky")
        assert get_stream_response_text(answer) == "blue sea", form
        assert executor.heard.pop() == "say blue sky"
        assert seen[0] == ("SendMessage", "echo", "ROLE_USER", ["say red sky"])
        method, result = seen[1]
        assert (method, result["role"], result["parts"]) == ("SendMessage", "ROLE_AGENT", [{"text": "blue sky"}])


async def test_a_stream_passes_event_by_event(serve, plugin, executor):
    seen = []
    client = await serve(plugin("guard", *watch(seen)))
    for form in FORMS:
        seen.clear()
        executor.gate.clear()
        got = []
        async for event in (await client(*form, streaming=True)).send_message(message("red sky")):
            got.append(event)
            if event.HasField("artifact_update") and not executor.gate.is_set():
                assert get_stream_response_text(event) == "blue "  # it is here before the agent goes on
                executor.gate.set()
        kinds = [event.WhichOneof("payload") for event in got]
        assert kinds == ["task", "status_update", "artifact_update", "artifact_update", "status_update"], form
        assert get_stream_response_text(got[3]) == "sea "
        assert got[4].status_update.status.state == TaskState.TASK_STATE_COMPLETED
        results = [result for _, result in seen[1:]]
        assert len(results) == 5
        assert results[1]["status"]["state"] == "TASK_STATE_WORKING"
        assert results[2]["artifact"]["parts"] == [{"text": "blue "}]


async def test_what_is_fetched_later_passes_the_plugins_too(serve, plugin, executor):
    seen = []
    client = await serve(plugin("guard", *watch(seen)))
    for form in FORMS:
        one = await client(*form, streaming=True)
        executor.gate.clear()
        stream = one.send_message(message("sky"))
        async for event in stream:
            if event.HasField("artifact_update"):
                break
        task_id = event.artifact_update.task_id
        seen.clear()
        task = await one.get_task(GetTaskRequest(id=task_id))
        assert task.artifacts[0].parts[0].text == "sea ", form
        if form[1] == "1.0":
            listed = await one.list_tasks(ListTasksRequest(include_artifacts=True))
            assert "sea " in [task.artifacts[0].parts[0].text for task in listed.tasks]
        subscription = one.subscribe(SubscribeToTaskRequest(id=task_id))
        assert (await anext(subscription)).task.artifacts[0].parts[0].text == "sea "
        cancelled = await one.cancel_task(CancelTaskRequest(id=task_id))
        assert cancelled.artifacts[0].parts[0].text == "sea "
        assert {method for method, _ in seen} >= {"GetTask", "SubscribeToTask", "CancelTask"}
        await subscription.aclose()
        await stream.aclose()


async def test_a_refusal_is_an_error_of_the_binding_before_an_answer_and_in_the_middle_of_one(serve, plugin, executor):
    async def agent_pre_call(message):
        if "secret" in message["parts"][0]["text"]:
            raise Reject(403, "not here", "blocked_here")

    async def agent_post_call(result):
        if "artifact" in result:
            raise Reject(403, "no more", "blocked_here")

    client = await serve(plugin("guard", agent_pre_call, agent_post_call))
    for form in FORMS:
        for streaming in (False, True):
            with pytest.raises(A2AClientError, match="not here|403"):
                await ask(await client(*form, streaming=streaming), "a secret")
        assert executor.heard == []
        got = []
        with pytest.raises(A2AClientError, match="no more"):
            async for event in (await client(*form, streaming=True)).send_message(message("one two")):
                got.append(event.WhichOneof("payload"))
        assert got == ["task", "status_update"], form
        executor.heard.clear()


async def test_cards_have_the_gateways_addresses_and_errors_pass_as_they_are(serve):
    client = await serve()
    for binding, version in FORMS:
        one = await client(binding, version)
        (answer,) = await ask(one, "say hello")
        assert get_stream_response_text(answer) == "hello"
        with pytest.raises(A2AError):
            await one.get_task(GetTaskRequest(id="none"))
        card = await one.get_extended_agent_card(GetExtendedAgentCardRequest())
        assert card.name == "echo, extended"
        assert {one.protocol_binding for one in card.supported_interfaces} == {"JSONRPC", "HTTP+JSON"}
        assert all("/a2a/echo" in one.url for one in card.supported_interfaces)
