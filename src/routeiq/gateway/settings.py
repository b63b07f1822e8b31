"""The gateway's settings: `routeiq.yaml`, which also takes LiteLLM's `model_list` as it is.

Values are immutable, and can be sent to worker processes. Whatever is wrong is told together, each problem with its
file, line and field; nothing is half accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from routeiq.core.errors import ConfigurationError, Problem
from routeiq.core.masking import masked
from routeiq.core.outbound import OutboundSettings
from routeiq.core.problems import problems_of
from routeiq.core.settings import MANAGER_SOURCE, InstanceName, ManagerSettings, PluginOverride
from routeiq.core.yaml_files import Document, load_yaml
from routeiq.storage import StorageLocation
from routeiq.transport import Target

from .a2a_agents import A2AAgent
from .access import AdminSettings
from .mcp_servers import MCPServer
from .model_list import ModelEntry, deployment_names, with_default_credentials
from .references import References
from .remote_settings import RemoteName
from .sections import RouterSettings, honoured
from .telemetry import TelemetrySettings

DEFAULT_FILE: Final = Path("routeiq.yaml")


def _storage(value: str) -> str:
    StorageLocation.parse(value)
    return value


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ip_network(value)
    except ValueError as error:
        raise ValueError(f"{error}; write a network or an address, such as 10.0.0.0/8") from None


def _public_url(value: str) -> str:
    Target.parse(value)
    if "?" in value or "#" in value:
        raise ValueError("public_url has a query or a fragment: give only what stands before it")
    return value.rstrip("/")


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class ServerSettings(BaseModel):
    """How the gateway listens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", min_length=1, description="Address or name to listen at; 0.0.0.0 for all.")
    port: int = Field(default=4000, ge=0, le=65_535, description="TCP port; 0 for any that is free.")
    workers: int = Field(default=1, ge=1, le=512, description="Processes that serve; they share the port.")
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Networks of proxies whose forwarded headers say where a request came from."
    )
    max_body: Annotated[ByteSize, Field(gt=0)] = Field(
        default=ByteSize(10 * 1024 * 1024),
        description="The longest body that is buffered, such as 10MiB, 512KiB or 1000000.",
    )
    shutdown_timeout: int = Field(
        default=15, ge=0, le=86_400, description="Seconds that running requests and streams get to end at a shutdown."
    )
    drain_timeout: int = Field(
        default=300, ge=0, le=86_400, description="Seconds that they get in a worker that a rolling restart replaced."
    )
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        default=None,
        description="Where clients find the gateway, for addresses that it tells them (agent cards); by default where"
        " the request found it, as trusted proxies tell.",
    )
    litellm_proxy: bool = Field(
        default=False, description="Serve LiteLLM's Proxy, under plugins, in the place of RouteIQ's own gateway."
    )
    keep_alive_timeout: int = Field(
        default=75,
        ge=1,
        le=86_400,
        description="Seconds that an idle connection stays open; more than a load balancer's.",
    )


class GatewaySettings(BaseModel):
    """All settings of the gateway. With none at all it serves the embedded model `echo`."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    EMBEDDED_MODEL: ClassVar[str] = "echo"

    model_list: tuple[ModelEntry, ...] = Field(
        default_factory=lambda: (ModelEntry.model_validate(_ECHO),), description="The deployments, in LiteLLM's form."
    )
    mcp_servers: Mapping[RemoteName, MCPServer] = Field(
        default_factory=dict, description="The MCP servers that clients reach at /mcp/<name>, in LiteLLM's form."
    )
    plugins: Mapping[InstanceName, PluginOverride] = Field(
        default_factory=dict, description="The operator's word on plugins, and on named instances of them."
    )
    server: ServerSettings = Field(default_factory=ServerSettings, description="How the gateway listens.")
    admin: AdminSettings = Field(default_factory=AdminSettings, description="Who may use the admin API.")
    router_settings: RouterSettings = Field(
        default_factory=RouterSettings, description="How calls are repeated; LiteLLM's names."
    )
    storage: Annotated[str, AfterValidator(_storage)] = Field(
        default="sqlite",
        repr=False,  # it may hold a password
        description="Where state lives, plugins' and the operator's: `memory`, `sqlite` (`.routeiq/state.db`),"
        " `sqlite:///path/to/file.db`, `redis://host:6379/0` or `rediss://host:6379/0`.",
    )
    a2a_agents: Mapping[RemoteName, A2AAgent] = Field(
        default_factory=dict, description="The agents that clients reach at /a2a/<name>."
    )
    outbound: OutboundSettings = Field(
        default_factory=OutboundSettings, description="Where plugins' own requests (`context.http`) may go."
    )
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="What the gateway tells of itself, and whom."
    )
    _deployments: dict[str, ModelEntry] = PrivateAttr()
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _source: Path | None = PrivateAttr(default=None)
    _document: tuple[Document, str] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _name_deployments(self) -> Self:
        names = deployment_names(self.model_list)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"model_list: several deployments have the model_info.id {', '.join(map(repr, twice))}")
        timeout = self.router_settings.timeout
        self._deployments = dict(zip(names, (entry.with_timeout(timeout) for entry in self.model_list), strict=True))
        return self

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str], *, litellm_proxy: bool = False) -> GatewaySettings:
        """Return the settings of a file.

        Args:
            path: None stands for `routeiq.yaml` in the working directory, or none at all if that does not exist.
            environ: What `os.environ/NAME` in the file refers to, and where providers' API keys are looked for.
            litellm_proxy: Whether LiteLLM's Proxy is to serve, as `server.litellm_proxy` in the file says it: then
                models and all else of LiteLLM's are for the Proxy to understand, and only our own sections are read.

        Raises:
            ConfigurationError: with everything that is wrong.
        """
        if path is None:
            if not DEFAULT_FILE.exists():
                return cls(server=ServerSettings(litellm_proxy=litellm_proxy))
            path = DEFAULT_FILE
        document = load_yaml(path)
        server = document.data.get("server")
        if litellm_proxy or (isinstance(server, Mapping) and server.get("litellm_proxy") is True):
            document = _own_part(document)
        settings = cls.from_document(document, environ, str(path))
        if litellm_proxy:
            settings = settings.with_server(litellm_proxy=True)
        settings._source = path
        return settings

    @classmethod
    def from_document(cls, document: Document, environ: Mapping[str, str], source: str) -> GatewaySettings:
        """Return the settings that a document gives.

        Args:
            source: Where it came from, for messages.

        Raises:
            ConfigurationError: with everything that is wrong.
        """
        kept, warnings = honoured(document.data)
        references = References(environ)
        kept = {key: value for key, value in references.resolve(kept).items() if value is not None}
        if isinstance(kept.get("model_list"), list):
            kept["model_list"], more = _with_credentials(kept["model_list"], environ)
            warnings += more
        wrong = list(references.missing)
        settings = None
        try:
            settings = cls.model_validate(kept)
        except ValidationError as error:
            # What is wrong with an unresolved reference, or with all that surrounds one, may only follow from that.
            missing = [f"{path}." for path, _ in wrong]
            found = [(problem.field, problem.message) for problem in problems_of(error, cls, source)]
            wrong += [one for one in found if not any(path.startswith(f"{one[0]}.") for path in missing)]
        if settings is None or wrong:
            raise ConfigurationError([_problem(document, source, path, message) for path, message in wrong])
        settings._warnings = warnings
        settings._document = Document({}, document.lines), source
        return settings

    @property
    def deployments(self) -> Mapping[str, ModelEntry]:
        """Every entry of the model list by its deployment's name, the general timeout filled in."""
        return MappingProxyType(self._deployments)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the file says and the gateway does not honour, a sentence each."""
        if self.server.litellm_proxy and self.a2a_agents:
            return (*self._warnings, "a2a_agents is not honoured: LiteLLM's Proxy does not pass requests to them")
        return self._warnings

    @property
    def source(self) -> Path | None:
        """The file that they came from, or None."""
        return self._source

    def located(self, problem: Problem) -> Problem:
        """Return a problem that was found with what the settings say, with the file and the line where they say it."""
        if problem.source != MANAGER_SOURCE or self._document is None:
            return problem
        return _problem(*self._document, problem.field, problem.message)

    def masked(self) -> Mapping[str, Any]:
        """Return the settings as JSON has them, read-only and secrets masked: what plugins are shown.

        Who may use the admin API is none of their business.
        """
        shown: Mapping[str, Any] = masked(self.model_dump(mode="json", exclude={"admin"}))
        return shown

    def manager_settings(self, environ: Mapping[str, str]) -> ManagerSettings:
        """Return what the plugin manager is told. Raises ConfigurationError for variables that make no sense."""
        return ManagerSettings.from_environment(
            environ,
            plugins=self.plugins,
            outbound=self.outbound,
            max_series=self.telemetry.metrics.max_series,
            gateway=self.masked(),
        )

    def with_server(self, **changes: Any) -> GatewaySettings:
        """Return the settings with some of `server` replaced; None leaves a field as it is.

        Raises:
            ConfigurationError: for a value that cannot be.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        fields = {name: getattr(self.server, name) for name in ServerSettings.model_fields}
        try:
            server = ServerSettings.model_validate({**fields, **given})
        except ValidationError as error:
            raise ConfigurationError(problems_of(error, ServerSettings, "command line")) from None
        return self.model_copy(update={"server": server})


_ECHO: Final[Mapping[str, Any]] = MappingProxyType(
    {"model_name": GatewaySettings.EMBEDDED_MODEL, "litellm_params": {"model": "echo/echo"}}
)


def _own_part(document: Document) -> Document:
    """Return what is ours of a file that LiteLLM's Proxy is configured by."""
    own = GatewaySettings.model_fields.keys() - {"mcp_servers", "model_list", "router_settings"}
    return Document({name: value for name, value in document.data.items() if name in own}, document.lines)


def _with_credentials(entries: list[Any], environ: Mapping[str, str]) -> tuple[list[Any], tuple[str, ...]]:
    completed, warnings = [], []
    for position, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("litellm_params"), Mapping):
            completed.append(entry)
            continue
        params, warning = with_default_credentials(entry["litellm_params"], environ)
        completed.append({**entry, "litellm_params": params})
        if warning is not None:
            warnings.append(f"model_list.{position} ({entry.get('model_name')}): {warning}")
    return completed, tuple(warnings)


def _problem(document: Document, source: str, path: str, message: str) -> Problem:
    line = document.line(path)
    return Problem(f"{source}, line {line}" if line is not None else source, path, message)
