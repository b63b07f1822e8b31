"""OpenTelemetry in the gateway: whether it is on, and its providers around the application's lifespan.

The adapter and the SDK are loaded only where telemetry goes somewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.manager import PluginManager
from routeiq.core.version import host_version

if TYPE_CHECKING:
    from routeiq.adapters.opentelemetry import Options
    from routeiq.adapters.opentelemetry.providers import Providers

    from .routes import RouteOf

logger = logging.getLogger(__name__)

INSTALL: Final = "pip install 'routeiq[otel]'"
_ENDPOINTS: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)  # fmt: skip
_EXPORTERS: Final = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write the base URL of a collector that takes OTLP over HTTP, such as http://localhost:4318")
    if parts.username is not None or parts.password is not None:
        raise ValueError("credentials are not taken from the URL: give them in OTEL_EXPORTER_OTLP_HEADERS")
    return value


class OTelSettings(BaseModel):
    """Traces and metrics by OpenTelemetry; all else of it is what the variables `OTEL_*` say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool | Literal["auto"] = Field(
        default="auto",
        description="auto: if `endpoint`, or a variable of OpenTelemetry's, says where telemetry goes.",
    )
    endpoint: Annotated[str, AfterValidator(_base_url)] | None = Field(
        default=None,
        description="The collector's base URL, for OTLP over HTTP; by default what OTEL_EXPORTER_OTLP_ENDPOINT says.",
    )
    sample: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The share of traces that begin here and are kept; by default what OTEL_TRACES_SAMPLER says.",
    )
    hooks: Literal["events", "spans", "none"] = Field(
        default="events", description="What plugins' hooks are: events of a span, spans below it, or neither."
    )
    all_hooks: bool = Field(
        default=False, description="Tell of hooks that let everything pass too, not only of decisions and failures."
    )
    content: bool = Field(
        default=False, description="Record the messages of calls and their answers, which hold what people wrote."
    )


class MetricsSettings(BaseModel):
    """What `/metrics` tells scrapers of Prometheus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_series: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Series that an instrument of a plugin's has at most, in each worker; what comes after them counts"
        " as `other`.",
    )


class TelemetrySettings(BaseModel):
    """What the gateway tells of itself, and whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: MetricsSettings = Field(default_factory=MetricsSettings, description="What `/metrics` tells.")
    otel: OTelSettings = Field(default_factory=OTelSettings, description="Traces and metrics by OpenTelemetry.")


def telemetry_of(settings: TelemetrySettings, source: Path | None, environ: Mapping[str, str]) -> Telemetry | None:
    """Return the telemetry that the settings and the variables ask for, not running yet; None if they ask for none.

    Args:
        source: The settings' file, for messages.

    Raises:
        ConfigurationError: if an exporter, or OpenTelemetry itself, is asked for by the settings and not installed.
    """
    otel = settings.otel
    asked = otel.enabled is True or (otel.enabled == "auto" and otel.endpoint is not None)
    if otel.enabled is False or _is_disabled(environ) or not (asked or _is_configured(environ)):
        return None
    where = str(source or "settings")
    try:
        from routeiq.adapters.opentelemetry import Options
        from routeiq.adapters.opentelemetry.exporters import ExporterMissing
        from routeiq.adapters.opentelemetry.options import opted_in
        from routeiq.adapters.opentelemetry.providers import Providers
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        if asked:
            problem = f"OpenTelemetry's SDK is not installed: {INSTALL}"
            raise ConfigurationError([Problem(where, "telemetry.otel", problem)]) from None
        logger.warning("OTEL_* variables say where telemetry goes, and its SDK is not installed: %s", INSTALL)
        return None
    try:
        providers = Providers(environ, otel.endpoint, otel.sample)
    except ExporterMissing as error:
        raise ConfigurationError([Problem(f"variable {error.variable}", "", str(error))]) from None
    return Telemetry(providers, Options(otel.hooks, otel.all_hooks, otel.content, opted_in(environ)))


def traced(telemetry: Telemetry | None, app: Any, manager: PluginManager, route: RouteOf | None = None) -> Any:
    """Return an application's lifespan with telemetry around it, if there is any.

    Args:
        route: Says which route a request takes; None: the application's router does.
    """
    return app if telemetry is None else partial(telemetry.around, app, manager, route)


class Telemetry:
    """Spans and metrics of one application."""

    def __init__(self, providers: Providers, options: Options) -> None:
        self._providers = providers
        self._options = options

    async def around(
        self, app: Any, manager: PluginManager, route: RouteOf | None, scope: Any, receive: Any, send: Any
    ) -> None:
        """Run an application's lifespan with a manager's requests and calls traced, to the last batches at its end."""
        from routeiq.adapters.opentelemetry import OpenTelemetryTracer

        providers = self._providers
        providers.open(
            {
                "service.version": host_version(),
                "service.instance.id": manager.node.id,
                "routeiq.worker": manager.node.worker,
            }
        )
        tracer = OpenTelemetryTracer(
            manager.statistics,
            tracer_provider=providers.tracer,
            meter_provider=providers.meter,
            options=self._options,
            **({} if route is None else {"route": route}),
        )
        manager.add_tracer(tracer)
        closed = False

        async def close() -> None:
            nonlocal closed
            if not closed:
                closed = True
                manager.remove_tracer(tracer)
                await providers.close()

        async def close_first(message: Any) -> None:
            if message["type"] != "lifespan.startup.complete":
                # After this the server may end the loop.
                await close()
            await send(message)

        try:
            await app(scope, receive, close_first)
        finally:
            await close()


def _is_disabled(environ: Mapping[str, str]) -> bool:
    return environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _is_configured(environ: Mapping[str, str]) -> bool:
    """Return whether a standard variable says where telemetry goes."""
    chosen = [environ.get(name, "").strip().lower() for name in _EXPORTERS]
    return any(environ.get(name, "").strip() for name in _ENDPOINTS) or any(name not in ("", "none") for name in chosen)
