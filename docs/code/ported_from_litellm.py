from pydantic import BaseModel, Field
from routeiq_plugin_sdk import (
    PluginCapability,
    PluginMetadata,
    Reject,
    StreamWindow,
    hookimpl,
    message_texts,
)


class Config(BaseModel, extra="forbid"):
    blocked: list[str] = Field(default=["launch code"], description="What nobody may write.")


metadata = PluginMetadata(
    name="spend-and-block",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(size=400, overlap=50),
)


def refuse(text, context):
    if any(word in text.lower() for word in context.config.blocked):
        raise Reject(400, "This is not talked about here.", "content_blocked")


@hookimpl.llm_pre_call  # async_pre_call_hook, async_moderation_hook
def llm_pre_call(messages, kwargs, context):
    for text in message_texts(messages):
        refuse(text.text, context)
    return {"max_tokens": min(kwargs.get("max_tokens") or 1000, 1000)}


@hookimpl.llm_stream_window  # async_post_call_success_hook and async_post_call_streaming_iterator_hook in one
def llm_stream_window(window, context):
    refuse(window.before + window.text, context)


@hookimpl.llm_success  # log_success_event, async_log_success_event
def llm_success(call, response, context):
    who = "nobody" if call.principal is None else call.principal.id
    context.metrics.counter("dollars", "What calls cost, by who made them.", ["who"]).inc(response.cost or 0, who=who)


@hookimpl.llm_failure  # log_failure_event, async_log_failure_event, async_post_call_failure_hook
def llm_failure(call, exception, context):
    context.logger.warning("call failed", call=call.id, why=type(exception).__name__)
