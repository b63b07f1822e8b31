from pydantic import BaseModel, Field
from routeiq_plugin_sdk import Event, PluginContext, PluginMetadata, hookimpl


class Config(BaseModel):
    budget: float = Field(default=10.0, gt=0, description="US dollars an hour.")


metadata = PluginMetadata(name="budget-watch", config_schema=Config)


@hookimpl.startup
def startup(context: PluginContext) -> None:
    context.shared["spent"] = 0.0
    context.events.subscribe("llm.call.completed", add_cost)
    context.every(3600, begin_anew)


def add_cost(event: Event, context: PluginContext) -> None:
    before = context.shared["spent"]
    spent = context.shared["spent"] = before + (event.data["cost"] or 0.0)
    if before < context.config.budget <= spent:
        context.events.emit("budget-watch.exceeded", {"spent": spent, "budget": context.config.budget})


async def begin_anew(context: PluginContext) -> None:
    context.logger.info("spent in the last hour", dollars=context.shared["spent"])
    context.shared["spent"] = 0.0
