"""One API request through the machinery: what is sent upstream, and what goes back."""

import orjson
import pytest
from routeiq_plugin_sdk import Headers, LLMCall, LLMResponse, Usage

from routeiq.core.attempts import AttemptError, Changes
from routeiq.core.dialects import CHAT, COMPLETION, EMBEDDING, RESPONSES
from routeiq.gateway.router import Router
from routeiq.gateway.service import APIRequest, Service
from routeiq.gateway.settings import GatewaySettings

MESSAGES = [{"role": "user", "content": "hi"}]


class Answer:
    def __init__(self, status, body, headers=()):
        self.status, self._body = status, body if isinstance(body, bytes) else orjson.dumps(body)
        self.headers = [(b"content-type", b"application/json"), *headers]

    async def read(self):
        return self._body

    async def close(self):
        pass


class Backend:
    """Notes what is sent, and answers with what the test said."""

    def __init__(self, *answers, offers=("chat", "completion", "responses", "embedding")):
        self.answers, self.offered, self.sent, self.denied = list(answers), set(offers), [], []

    def offers(self, deployment, api):
        return api in self.offered

    def lacks(self, deployment, api):
        self.denied.append(api)

    async def ready(self):
        pass

    def permitted(self, body):
        return body

    def cost(self, deployment, usage):
        return None

    async def send(self, deployment, path, body, headers, *, stream):
        self.sent.append((path, body))
        return self.answers.pop(0)


COMPLETED = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}, "finish_reason": "stop"}]}


def settings(model="openai/up"):
    return GatewaySettings.model_validate(
        {"model_list": [{"model_name": "fast", "litellm_params": {"model": model, "api_base": "http://127.0.0.1:1"}}]}
    )


def asked(backend, body, dialect=CHAT, model="openai/up"):
    router = Router(settings(model))
    request = APIRequest(Service(router, {"openai": backend}), dialect, orjson.dumps(body), body, dialect.parse(body))
    return request, router.order("fast")[0], LLMCall("c1", dialect.api, "fast", request.parsed.stream)


def unchanged(**changes):
    return Changes(**{"model": "fast", "messages": None, "parameters": None, "wants_usage": False, **changes})


async def test_what_nobody_changed_is_sent_as_the_clients_bytes():
    backend = Backend(Answer(200, COMPLETED))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES}, model="openai/fast")
    await request.attempt(call, deployment, unchanged())
    assert backend.sent == [("/chat/completions", orjson.dumps({"model": "fast", "messages": MESSAGES}))]


async def test_the_model_is_called_what_the_provider_calls_it():
    backend = Backend(Answer(200, COMPLETED))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES, "seed": 1})
    await request.attempt(call, deployment, unchanged())
    assert orjson.loads(backend.sent[0][1]) == {"model": "up", "messages": MESSAGES, "seed": 1}


async def test_changes_are_written_into_the_body_and_usage_is_asked_for_where_somebody_counts():
    backend = Backend(Answer(200, COMPLETED))
    body = {"model": "fast", "messages": MESSAGES, "stream": True}
    request, deployment, call = asked(backend, body)
    await request.attempt(call, deployment, unchanged(parameters={"seed": 3}, wants_usage=True))
    sent = orjson.loads(backend.sent[0][1])
    assert (sent["seed"], sent["stream_options"], sent["stream"]) == (3, {"include_usage": True}, True)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_an_api_that_the_upstream_lacks_is_served_over_chat_and_remembered(status):
    backend = Backend(Answer(status, b"nothing here"), Answer(200, COMPLETED))
    request, deployment, call = asked(backend, {"model": "fast", "input": "hi"}, RESPONSES)
    answer = await request.attempt(call, deployment, unchanged())
    assert [path for path, _ in backend.sent] == ["/responses", "/chat/completions"]
    assert backend.denied == ["responses"]
    whole = orjson.loads(request.whole(call, answer))
    assert (whole["object"], whole["output"][0]["content"][0]["text"]) == ("response", "yes")


async def test_a_missing_model_is_no_missing_api():
    missing = {"error": {"message": "no such model", "code": "model_not_found"}}
    backend = Backend(Answer(404, missing))
    request, deployment, call = asked(backend, {"model": "fast", "prompt": "hi"}, COMPLETION)
    with pytest.raises(AttemptError, match="no such model"):
        await request.attempt(call, deployment, unchanged())
    assert (len(backend.sent), backend.denied) == (1, [])


async def test_a_404_of_both_apis_is_the_models():
    backend = Backend(Answer(404, b""), Answer(404, {"error": "what model?"}))
    request, deployment, call = asked(backend, {"model": "fast", "prompt": "hi"}, COMPLETION)
    with pytest.raises(AttemptError, match="what model"):
        await request.attempt(call, deployment, unchanged())
    assert backend.denied == []


async def test_an_api_that_can_not_be_translated_is_refused_where_it_is_lacking():
    backend = Backend(offers=("chat",))
    request, deployment, call = asked(backend, {"model": "fast", "input": "hi"}, EMBEDDING)
    with pytest.raises(AttemptError) as caught:
        await request.attempt(call, deployment, unchanged())
    assert (caught.value.status_code, backend.sent) == (400, [])


async def test_what_chat_can_not_say_is_the_clients_mistake():
    backend = Backend(offers=("chat",))
    request, deployment, call = asked(backend, {"model": "fast", "prompt": [1, 2, 3]}, COMPLETION)
    with pytest.raises(AttemptError) as caught:
        await request.attempt(call, deployment, unchanged())
    assert caught.value.status_code == 400


async def test_an_error_keeps_its_body_and_the_headers_that_clients_act_on():
    headers = [(b"retry-after", b"7"), (b"x-ratelimit-remaining", b"0"), (b"server", b"x"), (b"set-cookie", b"y")]
    backend = Backend(Answer(429, {"error": {"message": "slow", "code": "rate"}}, headers))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES})
    with pytest.raises(AttemptError) as caught:
        await request.attempt(call, deployment, unchanged())
    error = caught.value
    assert (error.status_code, error.message, error.code) == (429, "slow", "rate")
    assert set(error.headers) == {"retry-after", "x-ratelimit-remaining"}


async def test_an_answer_that_is_no_json_is_an_error_only_for_those_who_read_it():
    backend = Backend(Answer(200, b"<html>"))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES})
    answer = await request.attempt(call, deployment, unchanged())
    assert request.whole(call, answer) == b"<html>"
    with pytest.raises(AttemptError, match="no JSON"):
        answer.response()


def test_an_answer_of_a_plugins_is_written_in_the_clients_api_with_usage():
    request, _, call = asked(Backend(), {"model": "fast", "messages": MESSAGES})
    whole = orjson.loads(request.whole(call, LLMResponse("cached")))
    assert whole["choices"][0]["message"]["content"] == "cached"
    assert whole["usage"]["total_tokens"] > 0
    told = orjson.loads(request.whole(call, LLMResponse("cached", usage=Usage(1, 2, 3))))
    assert told["usage"]["total_tokens"] == 3


async def test_a_stream_that_the_upstream_answers_as_a_whole_is_streamed_all_the_same():
    backend = Backend(Answer(200, COMPLETED))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES, "stream": True})
    answer = await request.attempt(call, deployment, unchanged())
    assert answer.body
    assert answer.headers == Headers()
    assert answer.response().text == "yes"


async def test_an_upstream_that_refuses_stream_options_is_asked_again_without_and_not_with_them_later():
    refusal = Answer(422, {"detail": [{"loc": ["body", "stream_options"], "msg": "extra fields not permitted"}]})
    backend = Backend(refusal, Answer(200, COMPLETED), Answer(200, COMPLETED))
    body = {"model": "fast", "messages": MESSAGES, "stream": True}
    request, deployment, call = asked(backend, body)
    for _ in range(2):
        await request.attempt(call, deployment, unchanged(wants_usage=True))
    assert ["stream_options" in orjson.loads(sent) for _, sent in backend.sent] == [True, False, False]


async def test_another_refusal_is_no_reason_to_ask_again():
    backend = Backend(Answer(400, {"error": {"message": "no such parameter: seed"}}))
    request, deployment, call = asked(backend, {"model": "fast", "messages": MESSAGES, "stream": True, "seed": 1})
    with pytest.raises(AttemptError, match="seed"):
        await request.attempt(call, deployment, unchanged(wants_usage=True))
    assert len(backend.sent) == 1


async def test_overrides_that_are_no_json_are_a_clear_error():
    request, deployment, call = asked(Backend(), {"model": "fast", "messages": MESSAGES})
    with pytest.raises(AttemptError, match="plugin") as caught:
        await request.attempt(call, deployment, unchanged(parameters={"seed": {1, 2}}))
    assert caught.value.status_code == 500
