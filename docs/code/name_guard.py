import re

from pydantic import BaseModel
from routeiq_plugin_sdk import (
    PluginCapability,
    PluginMetadata,
    StreamWindow,
    hookimpl,
    message_texts,
    with_message_texts,
)


class Config(BaseModel):
    names: list[str] = ["Projekt Adler"]


metadata = PluginMetadata(
    name="name-guard",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    stream_window=StreamWindow(size=400, overlap=50),
)


def cleaned(text, config):
    return re.sub("|".join(map(re.escape, config.names)), "[a project]", text)


@hookimpl.llm_pre_call
def llm_pre_call(messages, context):
    texts = message_texts(messages)
    changed = {text.where: cleaned(text.text, context.config) for text in texts}
    return {"messages": with_message_texts(messages, changed)}


@hookimpl.llm_stream_window
def llm_stream_window(window, context):
    return cleaned(window.text, context.config)
