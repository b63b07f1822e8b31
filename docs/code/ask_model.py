from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from routeiq_plugin_sdk import (
    LLMCall,
    LLMError,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    Reject,
    hookimpl,
)

QUESTION = "Does this message ask for legal advice? Answer yes or no.\n\n"


class Config(BaseModel):
    model: str = Field(default="small", description="The model that judges messages.")


metadata = PluginMetadata(name="ask-model", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)


@hookimpl.llm_pre_call
async def llm_pre_call(call: LLMCall, messages: Sequence[Mapping[str, Any]], context: PluginContext) -> None:
    if call.origin is not None:  # another plugin's call: what it asks is its own business
        return
    question = [{"role": "user", "content": QUESTION + str(messages[-1].get("content"))}]
    try:
        answer = await context.llm.chat(context.config.model, question, max_tokens=3)
    except LLMError as error:
        context.logger.warning("nobody judged a message", reason=str(error))
        return
    if answer.text.strip().lower().startswith("yes"):
        raise Reject(403, "No legal advice here.", "legal_advice")
