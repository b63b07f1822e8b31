"""`cost-tracker` in the gateway: what calls cost, and budgets that refuse, by who makes them."""

import asyncio
import contextlib
import time

import pytest
from routeiq_plugin_sdk import (
    LLMResponse,
    PluginCapability,
    PluginMetadata,
    Principal,
    Reject,
    StorageUnavailable,
    hookimpl,
)
from routeiq_plugin_sdk.testing import (
    ConfigRefused,
    PluginNotStarted,
    PluginTestHarness,
    UpstreamAnswer,
    UpstreamFailure,
)

from routeiq.core.storage import PluginStorage
from routeiq.storage import create_stores
from routeiq_builtin_plugins import api_key_auth
from routeiq_builtin_plugins.api_key_auth.keys import hash_of
from routeiq_builtin_plugins.cost_tracker import CostTracker
from routeiq_builtin_plugins.cost_tracker.accounts import Account
from routeiq_builtin_plugins.cost_tracker.config import Budget
from routeiq_builtin_plugins.cost_tracker.reservations import Expense, reserve, settle, standing

ANN, BOB = Principal("ann", metadata={"tenant": "x"}), Principal("bob", metadata={"tenant": "x"})
PRICES = [{"model": "mock-model", "input": 1000, "output": 2000}]  # dollars a million: a thousandth a token
WORDS = "one two"  # two tokens of prompt by the upstream, and two by the estimate


def config(**more):
    return {"prices": PRICES, **more}


def charged(harness):
    return [event.data for event in harness.events if event.name == "cost-tracker.charged"]


class Middle:
    """Answers, or refuses an answer, as its mode says."""

    metadata = PluginMetadata(name="middle", capabilities={PluginCapability.MIDDLEWARE}, priority=300)

    def __init__(self, mode):
        self.mode = mode

    @hookimpl
    def llm_pre_call(self):
        return LLMResponse("cached") if self.mode == "answer" else None

    @hookimpl
    def llm_stream_chunk(self, chunk):
        if self.mode == "refuse" and chunk.text:
            raise Reject(403, "no", "blocked")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_is_charged_by_what_it_used_to_whoever_made_it(stream):
    budgets = [{"name": "b", "limit": 5, "window": "day"}]
    async with PluginTestHarness(CostTracker, config=config(budgets=budgets)) as harness:
        answer = UpstreamAnswer("three words here")
        assert (await harness.llm_call(WORDS, stream=stream, answer=answer, principal=ANN, user="u")).status_code == 200
        (data,) = charged(harness)
        assert (data["key"], data["user"], data["tenant"], data["source"]) == ("ann", "u", "x", "table")
        assert data["usd"] == pytest.approx(data["input_tokens"] * 0.001 + 3 * 0.002)
        page = (await harness.send_request("GET", "/v1/usage", principal=ANN)).body
        assert page["today"]["cost_usd"] == pytest.approx(data["usd"])
        assert page["budgets"][0]["used"] == pytest.approx(data["usd"])
        assert (await harness.send_request("GET", "/v1/usage", principal=BOB)).body["today"]["requests"] == 0
        assert (await harness.send_request("GET", "/v1/usage")).status_code == 401
        assert harness.metric("dollars", model="mock-model", source="table") == pytest.approx(data["usd"])


async def test_a_budget_refuses_as_openai_does_each_key_by_its_own():
    budgets = [{"name": "b", "limit": "0.05", "window": 600, "warn_at": [0.5]}]
    async with PluginTestHarness(CostTracker, config=config(budgets=budgets)) as harness:
        answers = [await harness.llm_call(WORDS, principal=ANN, max_tokens=10) for _ in range(10)]
        statuses = [answer.status_code for answer in answers]
        refused = answers[-1]
        granted = statuses.index(429)
        assert statuses == [200] * granted + [429] * (10 - granted)
        assert (refused.error["type"], refused.error["code"]) == ("insufficient_quota", "insufficient_quota")
        assert refused.headers.get("x-should-retry") == "false"
        assert sum(data["usd"] for data in charged(harness)) <= 0.05
        assert (await harness.llm_call(WORDS, principal=BOB, max_tokens=10)).status_code == 200
        assert harness.metric("refused", budget="b") == 10 - granted
        warned = [event.data["key"] for event in harness.events if event.name == "cost-tracker.budget.warned"]
        assert warned[0] == "ann"
        await harness.advance_time(601)
        assert (await harness.llm_call(WORDS, principal=ANN, max_tokens=10)).status_code == 200


async def test_a_tenant_has_one_budget_for_all_of_its_keys():
    budgets = [{"name": "b", "limit": 30, "unit": "tokens", "window": 600, "by": ["tenant"]}]
    async with PluginTestHarness(CostTracker, config=config(budgets=budgets, status_code=402)) as harness:
        assert (await harness.llm_call(WORDS, principal=ANN, max_tokens=28)).status_code == 200
        assert (await harness.llm_call(WORDS, principal=BOB, max_tokens=28)).status_code == 402
        other = Principal("eve", metadata={"tenant": "y"})
        assert (await harness.llm_call(WORDS, principal=other, max_tokens=28)).status_code == 200


async def test_many_calls_at_once_never_spend_more_than_the_budget():
    budgets = [{"name": "b", "limit": 100, "unit": "tokens", "window": 600, "by": []}]
    async with PluginTestHarness(CostTracker, config=config(budgets=budgets)) as harness:
        calls = [harness.llm_call(WORDS, answer="a b c d e f", max_tokens=6) for _ in range(40)]
        answers = await asyncio.gather(*calls)
        granted = [answer for answer in answers if answer.status_code == 200]
        assert sum(answer.usage.total_tokens for answer in granted) <= 100
        assert len(granted) >= 12
        assert {answer.status_code for answer in answers} == {200, 429}


async def test_what_fails_or_is_answered_by_a_plugin_costs_nothing():
    budgets = [{"name": "b", "limit": 60, "unit": "tokens", "window": 600}]
    middle = Middle("pass")
    async with PluginTestHarness(CostTracker, middle, config=config(budgets=budgets), principal=ANN) as harness:
        for _ in range(4):
            assert (await harness.llm_call(WORDS, answer=UpstreamFailure(400), max_tokens=50)).status_code == 400
            assert (await harness.llm_call(WORDS, model="none", max_tokens=50)).status_code == 404
        middle.mode = "answer"
        assert (await harness.llm_call(WORDS, max_tokens=50)).text == "cached"
        (data,) = charged(harness)
        assert (data["source"], data["usd"]) == ("plugin", 0)


async def test_an_answer_that_a_guard_refuses_stays_charged_as_it_was_reserved():
    budgets = [{"name": "b", "limit": 60, "unit": "tokens", "window": 600}]
    async with PluginTestHarness(
        CostTracker, Middle("refuse"), config=config(budgets=budgets), principal=ANN
    ) as harness:
        await harness.llm_call(WORDS, stream=True, max_tokens=50)
        assert (charged(harness)[0]["source"], (await harness.llm_call(WORDS, max_tokens=50)).status_code) == (
            "reserved", 429,
        )  # fmt: skip


async def test_a_stream_that_is_left_is_charged_by_what_came():
    async with PluginTestHarness(CostTracker, config=config(), principal=ANN) as harness:
        body = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "a b c d"}]}
        async with harness.stream_request("POST", "/v1/chat/completions", body) as response:
            await anext(response.chunks())
        (data,) = charged(harness)
        assert data["usd"] > 0


async def test_a_model_without_a_price_is_allowed_or_refused_as_configured():
    model_list = [
        {
            "model_name": "priced",
            "litellm_params": {"model": "openai/up", "api_base": "https://u.test/v1", "input_cost_per_token": 0.5},
        },
        {"model_name": "free", "litellm_params": {"model": "openai/free", "api_base": "https://u.test/v1"}},
    ]
    async with PluginTestHarness(CostTracker, settings={"model_list": model_list}) as harness:
        await harness.llm_call(WORDS, model="priced")
        await harness.llm_call(WORDS, model="free")
        assert [data["source"] for data in charged(harness)] == ["gateway", "none"]
        assert any(line.event.startswith("a model has no price") for line in harness.logs)
        await harness.change_config(prices=[{"model": "openai/up", "input": 1}])
        await harness.llm_call(WORDS, model="priced")
        assert charged(harness)[-1]["source"] == "table"
        await harness.change_config(unpriced="refuse", prices=[{"model": "pri*", "input": 1}])
        assert (await harness.llm_call(WORDS, model="free")).error["code"] == "model_not_priced"
        assert (await harness.llm_call(WORDS, model="priced")).status_code == 200


async def test_a_file_of_prices_is_followed_and_a_wrong_one_changes_nothing(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text('{"mock-model": {"input_cost_per_token": 0.001, "output_cost_per_token": 0.001}}')
    async with PluginTestHarness(CostTracker, config={"prices_file": str(path)}) as harness:
        await harness.llm_call("a", answer="b")
        path.write_text("prices: oops")
        await harness.advance_time(31)
        assert any(line.event == "prices stay as they were" for line in harness.logs)
        await harness.llm_call("a", answer="b")
        path.write_text("prices: [{model: mock-model, input: 0, output: 0}]")
        await harness.advance_time(31)
        await harness.llm_call("a", answer="b")
        first, second, third = (data["usd"] for data in charged(harness))
        assert (first, third) == (second, 0)
        with pytest.raises(ConfigRefused, match="cannot be read"):
            await harness.change_config(prices_file=str(tmp_path / "none"))
    with pytest.raises(PluginNotStarted, match="cannot be read"):
        async with PluginTestHarness(CostTracker, config={"prices_file": str(tmp_path / "none")}):
            pass


@pytest.mark.parametrize(("on_outage", "status"), [("allow", 200), ("refuse", 503)])
async def test_without_its_storage_calls_are_allowed_or_refused(on_outage, status):
    budgets = [{"name": "b", "limit": 1}]
    async with PluginTestHarness(CostTracker, config=config(budgets=budgets, on_outage=on_outage)) as harness:
        harness.fail_next("storage", StorageUnavailable("away"))
        assert (await harness.llm_call(WORDS)).status_code == status
        harness.fail_next("storage", StorageUnavailable("away"), times=8)
        assert (await harness.send_request("GET", "/v1/usage", principal=ANN)).status_code == 503
        assert harness.metric("outages") >= 1


async def test_the_key_that_authentication_finds_is_the_one_that_pays():
    keys = [{"id": name, "hash": hash_of(f"key-of-{name}-with-enough-characters")} for name in ("ann", "bob")]
    budgets = [{"name": "b", "limit": 30, "unit": "tokens", "window": 600}]
    async with PluginTestHarness(
        CostTracker, api_key_auth, config=config(budgets=budgets), configs={"api-key-auth": {"keys": keys}}
    ) as harness:

        async def status(name):
            headers = {"authorization": f"Bearer key-of-{name}-with-enough-characters"}
            return (await harness.llm_call(WORDS, max_tokens=28, headers=headers)).status_code

        assert [await status(name) for name in ("ann", "ann", "bob", "nobody")] == [200, 429, 200, 401]


async def test_budgets_are_exact_over_replicas_that_share_redis(redis_server, tmp_path, monkeypatch):
    pytest.importorskip("redis", reason="needs routeiq[redis]")
    monkeypatch.chdir(tmp_path)
    budget = Budget(name="b", unit="tokens", limit=100, window="day", by=["key"])
    async with contextlib.AsyncExitStack() as stack:
        replicas = []
        for _ in range(4):
            stores = create_stores(f"{redis_server.url}?cluster=budgets")
            await stores.state.open()
            stack.push_async_callback(stores.state.close)
            replicas.append(PluginStorage("cost-tracker", stores.values))

        async def call(number):
            storage = replicas[number % 4]
            reserved, refused = await reserve(storage, [budget], Account("ann"), Expense(0, 9), time.time())
            if refused is None:
                await settle(storage, reserved, Expense(0, 7))
            return refused is None

        granted = sum(await asyncio.gather(*(call(number) for number in range(60))))
        assert 100 // 9 <= granted <= 100 // 7
        assert (await standing(replicas[0], budget, Account("ann"), time.time())).remaining == 100 - granted * 7
