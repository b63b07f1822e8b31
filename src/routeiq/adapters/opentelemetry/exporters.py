"""Which exporters are wanted, by OpenTelemetry's own variables, found among what is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Final, Literal

Signal = Literal["traces", "metrics"]

OTLP: Final = "otlp"
OVER_HTTP: Final = "otlp_proto_http"
DEFAULT_PROTOCOL: Final = "http/protobuf"
PROTOCOLS: Final = MappingProxyType({DEFAULT_PROTOCOL: OVER_HTTP, "grpc": "otlp_proto_grpc"})


class ExporterMissing(LookupError):
    """An exporter that is asked for is not installed.

    Attributes:
        variable: Which variable asks for it.
    """

    def __init__(self, variable: str, message: str) -> None:
        super().__init__(message)
        self.variable = variable


def found(environ: Mapping[str, str], signal: Signal, protocol: str | None = None) -> list[tuple[str, Any]]:
    """Return the exporters of a signal, as their entry points are named and what they load.

    Args:
        environ: Where `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER` and `OTEL_EXPORTER_OTLP_PROTOCOL` are looked up;
            without them it is OTLP over HTTP.
        protocol: That of OTLP, whatever the variable says.

    Raises:
        ExporterMissing: if one is not installed; the text says what would be right.
    """
    wanted = [_entry(environ, signal, name, protocol) for name in _names(environ, signal)]
    return [(name, _load(signal, name, variable)) for name, variable in wanted]


def _names(environ: Mapping[str, str], signal: Signal) -> list[str]:
    names = [name.strip() for name in environ.get(_variable(signal), "").split(",") if name.strip()]
    return [name for name in names or [OTLP] if name.lower() != "none"]


def _variable(signal: Signal) -> str:
    return f"OTEL_{signal.upper()}_EXPORTER"


def _entry(environ: Mapping[str, str], signal: Signal, name: str, protocol: str | None) -> tuple[str, str]:
    """Return the name of an exporter's entry point, and the variable that asks for it."""
    if name != OTLP:
        return name, _variable(signal)
    specific = f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL"
    variable = specific if environ.get(specific) else "OTEL_EXPORTER_OTLP_PROTOCOL"
    protocol = protocol or environ.get(variable, "").strip() or DEFAULT_PROTOCOL
    if protocol not in PROTOCOLS:
        raise ExporterMissing(variable, f"{protocol!r} is no protocol; write one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[protocol], variable


def _load(signal: Signal, name: str, variable: str) -> Any:
    points = entry_points(group=f"opentelemetry_{signal}_exporter", name=name)
    if not points:
        wanted = f"opentelemetry-exporter-{name.replace('_', '-')}"
        raise ExporterMissing(variable, f"no exporter {name!r} is installed: pip install {wanted}, or choose another")
    return next(iter(points)).load()
