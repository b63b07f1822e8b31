from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from routeiq import PluginManager, PluginMiddleware
from routeiq.adapters.opentelemetry import OpenTelemetryTracer


async def index(request: Request) -> PlainTextResponse:
    return PlainTextResponse("the application")


manager = PluginManager()
manager.discover()
manager.add_tracer(OpenTelemetryTracer(manager.statistics))
app = PluginMiddleware(Starlette(routes=[Route("/", index)]), manager)
