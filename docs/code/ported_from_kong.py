from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, PluginResponse, hookimpl


class Config(BaseModel, extra="forbid"):  # schema.lua
    default: str = Field(default="2", description="The version of requests that name none.")
    ended: list[str] = Field(default=["1"], description="Versions that are refused.")


metadata = PluginMetadata(
    name="api-version",
    capabilities={PluginCapability.MIDDLEWARE},
    config_schema=Config,
    priority=200,  # lower comes first; Kong's 800 of a plugin that comes early is a low number here
)


@hookimpl.rewrite  # kong.service.request.set_header
def rewrite(request, context):
    if "x-api-version" not in request.headers:
        return request.replace(headers=request.headers.with_headers({"x-api-version": context.config.default}))


@hookimpl.request  # access
def request(request, context):
    if request.headers["x-api-version"] in context.config.ended:
        return PluginResponse.json({"message": "This version has ended."}, status_code=410)


@hookimpl.response_headers  # header_filter
def response_headers(request, response):
    return response.with_headers({"x-api-version": request.headers["x-api-version"]})


@hookimpl.response  # log
def response(request, context):
    counter = context.metrics.counter("requests", "Requests by version.", ["version"])
    counter.inc(version=request.headers["x-api-version"])
