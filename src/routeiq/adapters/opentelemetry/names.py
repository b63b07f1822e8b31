"""Every name that leaves through OpenTelemetry: attributes, events and metrics, with what they mean.

`gen_ai.*` are the GenAI semantic conventions (open-telemetry/semantic-conventions-genai, status Development), `http.*`
and what stands with them the HTTP ones (stable); they will still move, and then this is the module to change. What no
convention has a name for begins with `routeiq.`. The reference page is made from `ATTRIBUTES` and `METRICS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

Value = str | bool | int | float | Sequence[str]
Attributes = dict[str, Value]

SCOPE: Final = "routeiq"
"""The instrumentation scope of all spans and metrics."""

# HTTP and general
CLIENT_ADDRESS: Final = "client.address"
ERROR_TYPE: Final = "error.type"
HTTP_METHOD: Final = "http.request.method"
HTTP_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"
PROTOCOL_NAME: Final = "network.protocol.name"
PROTOCOL_VERSION: Final = "network.protocol.version"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"
USER_AGENT: Final = "user_agent.original"

# GenAI
OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
REQUEST_CHOICES: Final = "gen_ai.request.choice.count"
REQUEST_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
REQUEST_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
REQUEST_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
REQUEST_SEED: Final = "gen_ai.request.seed"
REQUEST_TEMPERATURE: Final = "gen_ai.request.temperature"
REQUEST_TOP_K: Final = "gen_ai.request.top_k"
REQUEST_TOP_P: Final = "gen_ai.request.top_p"
RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
RESPONSE_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
USAGE_INPUT: Final = "gen_ai.usage.input_tokens"
USAGE_OUTPUT: Final = "gen_ai.usage.output_tokens"
USAGE_CACHED: Final = "gen_ai.usage.cache_read.input_tokens"
USAGE_REASONING: Final = "gen_ai.usage.reasoning.output_tokens"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 - no secret but a name
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"

# MCP
MCP_METHOD: Final = "mcp.method.name"
MCP_VERSION: Final = "mcp.protocol.version"
MCP_SESSION: Final = "mcp.session.id"
JSONRPC_ID: Final = "jsonrpc.request.id"
TOOL_NAME: Final = "gen_ai.tool.name"
AGENT_NAME: Final = "gen_ai.agent.name"

# The proposal for guardrails (semantic-conventions-genai, pull request 427): only on OTEL_SEMCONV_STABILITY_OPT_IN
GUARDRAIL_ACTION: Final = "gen_ai.guardrail.action.type"
GUARDRAIL_COMPONENT: Final = "gen_ai.guardrail.component.name"
GUARDRAIL_SUBTYPE: Final = "gen_ai.guardrail.target.subtype"
GUARDRAIL_TARGET: Final = "gen_ai.guardrail.target.type"
GUARDRAIL_CODE: Final = "gen_ai.guardrail.verdict.code"
GUARDRAIL_VERDICT: Final = "gen_ai.guardrail.verdict.type"
RUN_GUARDRAIL: Final = "run_guardrail"

EVALUATION_NAME: Final = "gen_ai.evaluation.name"
EVALUATION_SCORE: Final = "gen_ai.evaluation.score.value"
EVALUATION_LABEL: Final = "gen_ai.evaluation.score.label"

# Evaluations, in the words that their users ask for
EVAL_DURATION: Final = "eval.duration_ms"
EVAL_EVALUATOR: Final = "eval.evaluator"
EVAL_FEEDBACK: Final = "eval.feedback"
EVAL_KIND: Final = "eval.kind"
EVAL_NAME: Final = "eval.name"
EVAL_SCORE: Final = "eval.score"
EVAL_STATUS: Final = "eval.status"
EVAL_TARGET: Final = "eval.target"

# Ours
ABORTED: Final = "routeiq.aborted"
ANSWERED_BY: Final = "routeiq.answered_by"
API: Final = "routeiq.api"
ATTEMPT: Final = "routeiq.attempt"
ATTEMPTS: Final = "routeiq.attempts"
CALL_ID: Final = "routeiq.call.id"
CALL_ORIGIN: Final = "routeiq.call.origin"
COST: Final = "routeiq.cost"
DECISION: Final = "routeiq.decision"
DEPLOYMENT: Final = "routeiq.deployment"
DURATION: Final = "routeiq.duration"
HOOK_CALLS: Final = "routeiq.calls"
OUTCOME: Final = "routeiq.outcome"
PHASE: Final = "routeiq.phase"
PLUGIN: Final = "routeiq.plugin"
REQUEST_ID: Final = "routeiq.request.id"
TARGET: Final = "routeiq.target"
UPSTREAM_MODEL: Final = "routeiq.upstream.model"
USAGE_ESTIMATED: Final = "routeiq.usage.estimated"
WORKER: Final = "routeiq.worker"

# Events
ATTEMPT_FAILED_EVENT: Final = "routeiq.attempt.failed"
HELD_EVENT: Final = "routeiq.held"
HOOK_EVENT: Final = "routeiq.hook"

Place = Literal["request", "call", "remote", "hook", "attempt", "held", "evaluation", "resource", "metrics"]


class Attribute(NamedTuple):
    """One attribute.

    Attributes:
        places: What carries it: the span of a request, an LLM call, a call of a tool or an agent (`remote`), or an
            evaluation, the event or span of a hook, the event of an attempt or a hold, the resource; `metrics` alone if
            no span does.
    """

    name: str
    places: tuple[Place, ...]
    meaning: str


class Metric(NamedTuple):
    """One metric; `buckets` are what the conventions advise for a histogram."""

    name: str
    kind: Literal["histogram", "counter"]
    unit: str
    meaning: str
    attributes: tuple[str, ...]
    buckets: tuple[float, ...] | None = None


ATTRIBUTES: Final = (
    Attribute(HTTP_METHOD, ("request",), "The method; `_OTHER` for one that HTTP has not, `GET` for a WebSocket."),
    Attribute(HTTP_METHOD_ORIGINAL, ("request",), "The method as it was sent, where HTTP does not know it."),
    Attribute(HTTP_ROUTE, ("request",), "The route, such as `/v1/chat/completions`; absent where none is known."),
    Attribute(HTTP_STATUS, ("request",), "The status; absent if the client left before there was one."),
    Attribute(URL_PATH, ("request",), "The path; the query, which may hold keys, is never recorded."),
    Attribute(URL_SCHEME, ("request",), "`http`, `https`, `ws` or `wss`."),
    Attribute(CLIENT_ADDRESS, ("request",), "Where the request came from, trusted proxies considered."),
    Attribute(USER_AGENT, ("request",), "The client's program."),
    Attribute(PROTOCOL_NAME, ("request",), "`websocket`, for one."),
    Attribute(PROTOCOL_VERSION, ("request",), "HTTP's version."),
    Attribute(SERVER_ADDRESS, ("request", "call"), "Of a request the host that was asked, of a call the upstream's."),
    Attribute(SERVER_PORT, ("request", "call"), "Its port."),
    Attribute(
        ERROR_TYPE, ("request", "call", "remote", "hook", "attempt"),
        "What it failed at: an error's code, a status, `cancelled`, or an exception's class.",
    ),
    Attribute(
        OPERATION, ("call", "hook", "remote"),
        "`chat`, `text_completion` or `embeddings`; `execute_tool`, `invoke_agent`; `run_guardrail` of a hook.",
    ),
    Attribute(TOOL_NAME, ("remote",), "The tool; metrics have those of which a call has succeeded before."),
    Attribute(AGENT_NAME, ("remote",), "The agent, by its name in the settings."),
    Attribute(MCP_METHOD, ("remote",), "`tools/call`."),
    Attribute(MCP_VERSION, ("remote",), "The version of MCP that the client speaks, where it says it."),
    Attribute(MCP_SESSION, ("remote",), "MCP's session, in versions that have some."),
    Attribute(JSONRPC_ID, ("remote",), "The id that the client gave its call."),
    Attribute(TARGET, ("remote",), "The server or the agent, by its name in the settings."),
    Attribute(PROVIDER, ("call",), "The provider of the last attempt's deployment; `routeiq` if there was no attempt."),
    Attribute(REQUEST_MODEL, ("call",), "The model that the client asked for."),
    Attribute(REQUEST_STREAM, ("call",), "`true` for a stream, else absent."),
    Attribute(REQUEST_CHOICES, ("call",), "`n`, if it is not 1."),
    Attribute(REQUEST_FREQUENCY_PENALTY, ("call",), "As plugins left it."),
    Attribute(REQUEST_MAX_TOKENS, ("call",), "`max_tokens` under any of its names, as plugins left it."),
    Attribute(REQUEST_PRESENCE_PENALTY, ("call",), "As plugins left it."),
    Attribute(REQUEST_SEED, ("call",), "As plugins left it."),
    Attribute(REQUEST_TEMPERATURE, ("call",), "As plugins left it."),
    Attribute(REQUEST_TOP_K, ("call",), "As plugins left it."),
    Attribute(REQUEST_TOP_P, ("call",), "As plugins left it."),
    Attribute(RESPONSE_FINISH_REASONS, ("call",), "Why each choice ended; of a stream the first choice alone."),
    Attribute(RESPONSE_ID, ("call",), "The upstream's id of a whole answer."),
    Attribute(RESPONSE_MODEL, ("call",), "The model that a whole answer names."),
    Attribute(RESPONSE_FIRST_CHUNK, ("call",), "Seconds from the call's begin until the first piece of a stream left."),
    Attribute(USAGE_INPUT, ("call",), "Tokens of the prompt."),
    Attribute(USAGE_OUTPUT, ("call",), "Tokens of the answer."),
    Attribute(USAGE_CACHED, ("call",), "Of those of the prompt, the ones that came from the provider's cache."),
    Attribute(USAGE_REASONING, ("call",), "Of those of the answer, the ones that were reasoning."),
    Attribute(INPUT_MESSAGES, ("call",), "The conversation, as JSON; only with `content: true`."),
    Attribute(OUTPUT_MESSAGES, ("call",), "The answer, as JSON; only with `content: true`."),
    Attribute(EVAL_DURATION, ("evaluation",), "How long the evaluator took, in milliseconds."),
    Attribute(EVAL_EVALUATOR, ("evaluation",), "The plugin that judged."),
    Attribute(EVAL_FEEDBACK, ("evaluation",), "What it says of its score, in words; only with `content: true`."),
    Attribute(EVAL_KIND, ("evaluation",), "What was judged: a call of a `tool`, of an `agent`, or of a model (`llm`)."),
    Attribute(EVAL_NAME, ("evaluation",), "The tool, the agent's method, or the API of the model."),
    Attribute(EVAL_SCORE, ("evaluation",), "From 0 to 1."),
    Attribute(EVAL_STATUS, ("evaluation",), "`passed`, `failed`, `error` or `skipped`."),
    Attribute(EVAL_TARGET, ("evaluation",), "The server, the agent, or the model."),
    Attribute(EVALUATION_NAME, ("evaluation",), "As `eval.evaluator`, by the GenAI conventions."),
    Attribute(EVALUATION_SCORE, ("evaluation",), "As `eval.score`, by the GenAI conventions."),
    Attribute(EVALUATION_LABEL, ("evaluation",), "As `eval.status`, by the GenAI conventions."),
    Attribute(REQUEST_ID, ("request", "call", "remote"), "The request's id, as clients and logs have it."),
    Attribute(
        ANSWERED_BY, ("request", "call", "remote"), "The plugin that answered or refused instead of the application.",
    ),
    Attribute(
        ABORTED, ("request", "call", "remote"), "`true` if the client left, or the response broke, before its end.",
    ),
    Attribute(API, ("call",), "`chat`, `completion`, `embedding`, `responses` or `messages`."),
    Attribute(CALL_ID, ("call", "remote", "evaluation"), "The call's id, as hooks have it."),
    Attribute(CALL_ORIGIN, ("call",), "The plugin that made the call; absent for a client's."),
    Attribute(ATTEMPTS, ("call",), "How many attempts were begun."),
    Attribute(DEPLOYMENT, ("call", "attempt"), "Where the attempt was made; of a call, the last one."),
    Attribute(UPSTREAM_MODEL, ("call",), "What the provider calls the model of that deployment."),
    Attribute(COST, ("call",), "In US dollars; absent for a model without a price."),
    Attribute(USAGE_ESTIMATED, ("call",), "`true` if the upstream told no usage, so that bytes were counted instead."),
    Attribute(
        OUTCOME, ("call", "remote", "hook"),
        "`changed`, `ended`, `rejected`, `failed`, `cancelled`, `audited` or `passed`; of a call `rejected` or absent.",
    ),
    Attribute(PLUGIN, ("call", "hook", "held"), "The plugin; of a call, the one that rejected it."),
    Attribute(PHASE, ("hook",), "The phase."),
    Attribute(DURATION, ("hook", "attempt", "held"), "Seconds; of several calls of a hook, all of them together."),
    Attribute(HOOK_CALLS, ("hook",), "How many calls it stands for, if there were several with the same outcome."),
    Attribute(DECISION, ("hook",), "What audit mode did not apply, or the code of a refusal."),
    Attribute(ATTEMPT, ("attempt",), "Its number, from 1."),
    Attribute(GUARDRAIL_ACTION, ("hook",), "`allow`, `block` or `modify`: what was done."),
    Attribute(GUARDRAIL_COMPONENT, ("hook",), "The plugin."),
    Attribute(GUARDRAIL_SUBTYPE, ("hook",), "`llm`, `tool_call` or `agent`."),
    Attribute(GUARDRAIL_TARGET, ("hook",), "`input` or `output`."),
    Attribute(GUARDRAIL_CODE, ("hook",), "The code of a refusal."),
    Attribute(GUARDRAIL_VERDICT, ("hook",), "`allow`, `deny`, `modify`, or `warn` in audit mode."),
    Attribute(WORKER, ("resource",), "Which of the gateway's worker processes it is, from 0."),
    Attribute(TOKEN_TYPE, ("metrics",), "`input` or `output`."),
)  # fmt: skip

_SECONDS_OF_HTTP: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_SECONDS_OF_CALLS: Final = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
_SECONDS_TO_TOKEN: Final = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
_TOKENS: Final = tuple(4.0**power for power in range(14))
_OF_CALLS: Final = (OPERATION, PROVIDER, REQUEST_MODEL, ERROR_TYPE)

HTTP_DURATION: Final = Metric(
    "http.server.request.duration", "histogram", "s", "Duration of HTTP server requests.",
    (HTTP_METHOD, URL_SCHEME, HTTP_ROUTE, HTTP_STATUS, ERROR_TYPE), _SECONDS_OF_HTTP,
)  # fmt: skip
TOKEN_USAGE: Final = Metric(
    "gen_ai.client.token.usage", "histogram", "{token}", "Number of input and output tokens used.",
    (*_OF_CALLS, TOKEN_TYPE), _TOKENS,
)  # fmt: skip
CALL_DURATION: Final = Metric(
    "gen_ai.client.operation.duration", "histogram", "s", "GenAI operation duration.", _OF_CALLS, _SECONDS_OF_CALLS
)
FIRST_CHUNK: Final = Metric(
    "gen_ai.client.operation.time_to_first_chunk", "histogram", "s",
    "Time from the begin of a call until the first piece of its stream left.", _OF_CALLS, _SECONDS_OF_CALLS,
)  # fmt: skip
SERVER_DURATION: Final = Metric(
    "gen_ai.server.request.duration", "histogram", "s",
    "Time from the arrival of a request with an LLM call until the last byte of its response left.", _OF_CALLS,
    _SECONDS_OF_CALLS,
)  # fmt: skip
SERVER_FIRST_TOKEN: Final = Metric(
    "gen_ai.server.time_to_first_token", "histogram", "s",
    "Time from the arrival of a request until the first piece of its stream left.", _OF_CALLS, _SECONDS_TO_TOKEN,
)  # fmt: skip
_OF_TOOLS: Final = (MCP_METHOD, TOOL_NAME, OPERATION, TARGET, ERROR_TYPE)
# What the conventions advise for both.
_SECONDS_OF_MCP: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
MCP_CLIENT_DURATION: Final = Metric(
    "mcp.client.operation.duration", "histogram", "s",
    "Time from the request to an MCP server until its response.", _OF_TOOLS, _SECONDS_OF_MCP,
)  # fmt: skip
MCP_SERVER_DURATION: Final = Metric(
    "mcp.server.operation.duration", "histogram", "s",
    "Time from the arrival of a call of a tool until its response was there for the client, plugins included.",
    _OF_TOOLS, _SECONDS_OF_MCP,
)  # fmt: skip
AGENT_DURATION: Final = Metric(
    "gen_ai.invoke_agent.duration", "histogram", "s", "Time that a call of an agent took.",
    (OPERATION, AGENT_NAME, ERROR_TYPE), _SECONDS_OF_CALLS,
)  # fmt: skip
HOOK_CALLS_METRIC: Final = Metric(
    "routeiq.hook.calls", "counter", "{call}", "Calls of plugins' hooks, exactly.", (PLUGIN, PHASE)
)
HOOK_ERRORS_METRIC: Final = Metric(
    "routeiq.hook.errors", "counter", "{error}", "Failures of plugins' hooks, deadlines included.", (PLUGIN, PHASE)
)
HOOK_SAMPLES_METRIC: Final = Metric(
    "routeiq.hook.samples", "counter", "{call}",
    "Calls of plugins' hooks whose duration was measured: one in 64, and all of requests that are sampled.",
    (PLUGIN, PHASE),
)  # fmt: skip
HOOK_DURATION_METRIC: Final = Metric(
    "routeiq.hook.duration", "counter", "s", "Time spent in the calls of plugins' hooks that were measured.",
    (PLUGIN, PHASE),
)  # fmt: skip

METRICS: Final = (
    HTTP_DURATION, TOKEN_USAGE, CALL_DURATION, FIRST_CHUNK, SERVER_DURATION, SERVER_FIRST_TOKEN, MCP_CLIENT_DURATION,
    MCP_SERVER_DURATION, AGENT_DURATION, HOOK_CALLS_METRIC, HOOK_ERRORS_METRIC, HOOK_SAMPLES_METRIC,
    HOOK_DURATION_METRIC,
)  # fmt: skip
