from pydantic import BaseModel, Field
from routeiq_plugin_sdk import PluginCapability, PluginMetadata, Reject, hookimpl


class Config(BaseModel, extra="forbid"):  # typed_config
    tenants: list[str] = Field(default=["acme"], description="Who may come in.")


metadata = PluginMetadata(name="tenant-meter", capabilities={PluginCapability.MIDDLEWARE}, config_schema=Config)


@hookimpl.request  # decodeHeaders; envoy_on_request; request_headers of ext_proc
def request(request, context):
    tenant = request.headers.get("x-tenant", "")
    if tenant not in context.config.tenants:
        raise Reject(403, "There is no such tenant.", "unknown_tenant")  # sendLocalReply, handle:respond
    request.shared[context.plugin] = 0  # dynamic metadata


@hookimpl.response_chunk  # encodeData; response_body of ext_proc in the mode STREAMED
def response_chunk(request, chunk, context):
    if context.plugin in request.shared:
        request.shared[context.plugin] += len(chunk)


@hookimpl.response  # onDestroy, access log
def response(request, context):
    counter = context.metrics.counter("bytes", "Bytes of answers by tenant.", ["tenant"])
    if context.plugin in request.shared:
        counter.inc(request.shared[context.plugin], tenant=request.headers["x-tenant"])
