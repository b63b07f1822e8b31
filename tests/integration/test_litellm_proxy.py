"""`routeiq serve --litellm-proxy`: LiteLLM's own Proxy, real clients, a plugin that implements every phase there is."""

import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anthropic
import openai
import pytest
from tests.fakes.ports import free_port
from tests.fakes.telemetry import collecting

pytest.importorskip("apscheduler", reason="needs litellm[proxy]")

pytestmark = [pytest.mark.litellm_proxy, pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(120)]
TRACES = importlib.util.find_spec("opentelemetry") and importlib.util.find_spec("opentelemetry.sdk")
KEY = "sk-" + "5c7a0d9be1f24683"  # LiteLLM's Proxy does not start with a key that everybody knows
TOKEN = "a-token-of-the-tests"
ONCE = ["pre_routing", "llm_pre_call", "post_routing", "llm_success"]

PLUGIN = """
import dataclasses, json, os
from routeiq_plugin_sdk import LLMResponse, PluginCapability, PluginMetadata, Reject, Usage, hookimpl

CAPABILITIES = {PluginCapability.MIDDLEWARE, PluginCapability.ROUTING_STRATEGY}
metadata = PluginMetadata(name="recorder", version="1", capabilities=CAPABILITIES)

def record(hook, **what):
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps({"hook": hook, **what}) + "\\n")

@hookimpl
def request(request):
    record("request", path=request.path)
    if request.headers.get("x-refuse"):
        raise Reject(418, "no tea", "teapot")

@hookimpl
def response(request, response):
    record("response", path=request.path, status=response.status_code)

@hookimpl
def pre_routing(call, models):
    record("pre_routing", api=call.api, models=len(models))

@hookimpl
def post_routing(call, deployment):
    record("post_routing", model=deployment.model, path=call.request.path)

@hookimpl
def llm_pre_call(call, messages, kwargs):
    record("llm_pre_call", api=call.api, stream=call.stream, messages=messages, kwargs=sorted(kwargs))
    said = str(messages[-1]["content"]) if messages else ""
    if said == "reject":
        raise Reject(403, "not here", "policy")
    if said == "answer":
        return LLMResponse("from the plugin", usage=Usage(1, 2, 3))

@hookimpl
def llm_stream_chunk(chunk):
    return dataclasses.replace(chunk, text=chunk.text.upper()) if chunk.text else None

@hookimpl
def llm_success(call, response):
    record("llm_success", text=response.text, cost=response.cost, aborted=call.aborted)

@hookimpl
def llm_failure(call, exception):
    record("llm_failure", status=getattr(exception, "status_code", None))
"""


class Upstream(BaseHTTPRequestHandler):
    """Answers by the model's name."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        getattr(self, body["model"].replace("-", "_"))(body)

    def busy(self, body):
        self.send_response(429)
        self.send_header("retry-after", "7")
        self.send_header("content-type", "application/json")
        error = b'{"error": {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit"}}'
        self.send_header("content-length", str(len(error)))
        self.end_headers()
        self.wfile.write(error)

    def breaking(self, body):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for text in ("one", "two"):
            choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
            event = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            data = b"data: " + json.dumps(event).encode() + b"\n\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(0.2)  # so that what came before the end is read before it
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass


class Proxy:
    def __init__(self, port, record, collector):
        self.url = f"http://127.0.0.1:{port}"
        self.collector = collector
        self._record = record
        self.openai = openai.OpenAI(base_url=f"{self.url}/v1", api_key=KEY, max_retries=0)
        self.anthropic = anthropic.Anthropic(base_url=self.url, api_key=KEY, max_retries=0)

    def seen(self, *, until="response"):
        """Return what was recorded since the last time, the HTTP phases apart."""
        end = time.monotonic() + 5
        while True:
            entries = [json.loads(line) for line in self._record.read_text().splitlines()]
            if any(entry["hook"] == until for entry in entries) or time.monotonic() > end:
                break
            time.sleep(0.02)
        self._record.write_text("")
        return entries

    def hooks(self):
        return [entry["hook"] for entry in self.seen()]


@pytest.fixture(scope="module")
def collector():
    with collecting() as one:
        yield one


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, collector):
    folder = tmp_path_factory.mktemp("proxy")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{upstream.server_port}/v1"
    mock = {"api_key": "k", "mock_response": "hi from mock"}
    models = [
        {"model_name": "mocked", "litellm_params": {"model": "openai/gpt-4o-mini", **mock}},
        *(
            {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_base": base, "api_key": "k"}}
            for name in ("busy", "breaking")
        ),
    ]
    settings = {"model_list": models, "router_settings": {"num_retries": 1, "retry_after": 0}}
    if TRACES:
        settings["telemetry"] = {"otel": {"endpoint": collector.url}}
    (folder / "litellm.yaml").write_text(json.dumps(settings))
    (folder / "recorder_plugin.py").write_text(PLUGIN)
    record = folder / "record"
    record.write_text("")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTEIQ_", "LITELLM_"))}
    environment |= {
        "ROUTEIQ_PLUGINS": "recorder_plugin", "PYTHONPATH": str(folder), "RECORD": str(record),
        "ROUTEIQ_ADMIN_TOKEN": TOKEN, "LITELLM_MASTER_KEY": KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OTEL_BSP_SCHEDULE_DELAY": "50",
    }  # fmt: skip
    command = [Path(sys.executable).with_name("routeiq"), "serve", "--litellm-proxy", "--config", "litellm.yaml"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness"):
                break
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail((folder / "log").read_text()[-3000:])
            time.sleep(0.1)
        assert record.read_text() == ""  # health stands outside the plugins
        yield Proxy(port, record, collector)
    finally:
        process.terminate()
        process.wait(20)
        upstream.shutdown()
        upstream.server_close()


@pytest.fixture(autouse=True)
def nothing_recorded(proxy):
    proxy._record.write_text("")


def said(text):
    return [{"role": "user", "content": text}]


def test_a_chat_completion_passes_every_phase_once(proxy):
    answer = proxy.openai.chat.completions.create(model="mocked", messages=said("hi"), metadata={"team": "a"})
    assert answer.choices[0].message.content == "hi from mock"
    seen = proxy.seen()
    assert [entry["hook"] for entry in seen] == ["request", *ONCE, "response"]
    assert seen[2]["kwargs"] == []  # the Proxy keeps its own books in the metadata: no plugin sees them
    assert seen[3]["path"] == "/v1/chat/completions"
    assert seen[4]["cost"] > 0


def test_a_stream_is_changed_on_its_way(proxy):
    stream = proxy.openai.chat.completions.create(model="mocked", messages=said("hi"), stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "HI FROM MOCK"
    seen = proxy.seen()
    assert [entry["hook"] for entry in seen] == ["request", *ONCE, "response"]
    assert seen[4]["text"] == "HI FROM MOCK"


@pytest.mark.skipif(not TRACES, reason="needs routeiq[otel]")
@pytest.mark.parametrize("stream", [False, True])
def test_a_request_and_its_call_are_spans_of_the_clients_trace(proxy, stream):
    trace = ("0" if stream else "1") * 31 + "7"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = proxy.openai.chat.completions.create(
        model="mocked", messages=said("hi"), stream=stream, extra_headers=headers
    )
    assert not stream or list(answer)
    end = time.monotonic() + 10
    while len(spans := [span for span in proxy.collector.spans if span.trace == trace]) < 2:
        assert time.monotonic() < end, spans
        time.sleep(0.02)
    request, call = sorted(spans, key=lambda span: span.kind, reverse=True)
    assert (request.name, request.parent) == ("POST /v1/chat/completions", "00f067aa0ba902b7")
    assert (call.name, call.parent, call.kind) == ("chat mocked", request.id, "CLIENT")
    assert call.attributes["gen_ai.usage.output_tokens"] > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_plugins_answer_and_its_refusal(proxy, stream):
    with pytest.raises(openai.PermissionDeniedError, match="not here"):
        list(proxy.openai.chat.completions.create(model="mocked", messages=said("reject"), stream=stream))
    assert proxy.hooks() == ["request", "pre_routing", "llm_pre_call", "llm_failure", "response"]
    answer = proxy.openai.chat.completions.create(model="mocked", messages=said("answer"), stream=stream)
    if stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        assert text == "FROM THE PLUGIN"
    else:
        assert answer.choices[0].message.content == "from the plugin"
    assert proxy.hooks() == ["request", "pre_routing", "llm_pre_call", "llm_success", "response"]


def test_the_other_apis(proxy):
    assert proxy.openai.completions.create(model="mocked", prompt="hi").choices[0].text == "hi from mock"
    assert proxy.hooks() == ["request", *ONCE, "response"]
    assert proxy.openai.responses.create(model="mocked", input="hi").output_text == "hi from mock"
    assert proxy.hooks() == ["request", *ONCE, "response"]
    message = proxy.anthropic.messages.create(model="mocked", max_tokens=10, messages=said("hi"))
    assert message.content[0].text == "hi from mock"
    seen = proxy.seen()
    assert [entry["hook"] for entry in seen] == ["request", *ONCE, "response"]
    assert seen[1]["api"] == "messages"


def test_an_anthropic_client_gets_a_refusal_in_its_own_shape(proxy):
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        proxy.anthropic.messages.create(model="mocked", max_tokens=10, messages=said("reject"))
    assert caught.value.body["type"] == "error"


def test_a_refused_request_never_reaches_the_proxy(proxy):
    with pytest.raises(openai.APIStatusError, match="no tea") as caught:
        proxy.openai.chat.completions.create(model="mocked", messages=said("hi"), extra_headers={"x-refuse": "1"})
    assert caught.value.status_code == 418
    assert proxy.hooks() == ["request", "response"]


def test_attempts_of_the_router_are_seen_and_the_call_fails_once(proxy):
    with pytest.raises(openai.RateLimitError):
        proxy.openai.chat.completions.create(model="busy", messages=said("hi"))
    seen = proxy.seen()
    hooks = [entry["hook"] for entry in seen]
    assert hooks[:3] == ["request", "pre_routing", "llm_pre_call"]
    assert hooks.count("post_routing") >= 1
    assert hooks.count("llm_failure") == 1
    assert seen[-2]["status"] == 429


def test_a_stream_that_breaks_ends_with_an_error_event_and_one_failure(proxy):
    with pytest.raises(openai.APIError):
        list(proxy.openai.chat.completions.create(model="breaking", messages=said("hi"), stream=True))
    hooks = proxy.hooks()
    assert hooks.count("llm_failure") == 1
    assert "llm_success" not in hooks


def test_a_client_that_leaves_is_an_aborted_success(proxy):
    stream = proxy.openai.chat.completions.create(model="mocked", messages=said("hi"), stream=True)
    next(iter(stream))
    stream.close()
    seen = proxy.seen()
    assert [
        entry["hook"] for entry in seen if entry["hook"].startswith("llm_") and entry["hook"] != "llm_pre_call"
    ] == ["llm_success"]


def test_the_admin_api_stands_before_the_proxy_and_outside_the_plugins(proxy):
    def admin(method, path, body=None, token=TOKEN):
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        request = urllib.request.Request(f"{proxy.url}/admin{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    with pytest.raises(urllib.error.HTTPError, match="401"):
        admin("GET", "/plugins", token=KEY)
    assert "recorder" in [one["name"] for one in admin("GET", "/plugins")["plugins"] if one["state"] == "active"]
    assert proxy._record.read_text() == ""
    assert admin("PATCH", "/plugins/recorder/settings", {"mode": "audit"})["complete"] is True
    answer = proxy.openai.chat.completions.create(model="mocked", messages=said("answer"))
    assert answer.choices[0].message.content == "hi from mock"
    assert admin("PATCH", "/plugins/recorder/settings", {"mode": None})["changed"] is True
    answer = proxy.openai.chat.completions.create(model="mocked", messages=said("answer"))
    assert answer.choices[0].message.content == "from the plugin"
    hooks = {hook["name"]: hook["plugins"] for hook in admin("GET", "/hooks")["hooks"]}
    assert hooks["llm_pre_call"][0]["calls"] >= 2
