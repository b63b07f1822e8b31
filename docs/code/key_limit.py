import math

from routeiq_plugin_sdk import (
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    PluginResponse,
    StorageUnavailable,
    hookimpl,
)

metadata = PluginMetadata(name="key-limit", capabilities={PluginCapability.MIDDLEWARE})


@hookimpl.request
async def request(request: PluginRequest, context: PluginContext) -> PluginResponse | None:
    who = request.principal.id if request.principal else "anonymous"
    try:
        permit = await context.storage.acquire(who, limit=60, window=60)
    except StorageUnavailable:
        return None  # rather too many requests than none
    if permit.granted:
        return None
    headers = {"retry-after": str(math.ceil(permit.reset_after))}
    return PluginResponse.json({"error": "too_many_requests"}, status_code=429, headers=headers)
