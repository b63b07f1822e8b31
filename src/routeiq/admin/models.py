"""The documents that the admin API answers, as models: what its OpenAPI document says of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """What all have in common: later versions may tell more."""

    model_config = ConfigDict(extra="allow")


class Plugin(Document):
    """A plugin's record, as `routeiq plugin list --json` prints it."""

    name: str = Field(description="Its name; that of a named instance has a `#`, which paths carry as `%23`.")
    instance_of: str | None = Field(description="The plugin whose named instance it is.")
    version: str | None
    distribution: str | None = Field(description="Name and version of the distribution that it came with.")
    source: str = Field(description="Where it was found: the entry point, the module path, or `code`.")
    state: Literal["active", "disabled", "refused", "failed", "quarantined"]
    reason: str = Field(description="Why it is not active; empty for an active one.")
    priority: int
    depends_on: list[str]
    before: list[str]
    after: list[str]
    capabilities: list[str]
    hooks: list[str] = Field(description="The phases that it implements.")
    inactive_hooks: list[str] = Field(description="Those of them that are never called here.")
    mode: Literal["enforce", "audit"]
    failure_mode: Literal["continue", "abort", "quarantine"]
    when: dict[str, Any] | None = Field(description="The requests and calls that it is narrowed to.")
    condition_failures: int = Field(description="How often a condition could not be told, in this process.")


class PluginPage(Document):
    """A page of plugins, by name."""

    plugins: list[Plugin]
    next: str | None = Field(description="The value of `after` for the next page; null on the last one.")


class PluginDetails(Plugin):
    """All that is known of one plugin."""

    metadata: dict[str, Any] = Field(description="What it says of itself.")
    config_sources: dict[str, str] = Field(
        description="Where each field of its configuration comes from: `file`, `variable`, `overlay` or `default`."
    )
    problem: str | None = Field(description="Why what its file, or an operator, says is not in force.")


class Member(Document):
    """A process that shares the store of the operator's state."""

    name: str
    host: str
    pid: int
    worker: int
    version: int = Field(description="Of the operator's state that it follows.")
    refused: dict[str, str] = Field(description="What it does not follow, with the reason, by plugin or file.")
    since: float = Field(description="When it started, in unix seconds.")


class Convergence(Document):
    """How far a change has come."""

    version: int = Field(description="Of the operator's state.")
    complete: bool = Field(description="Whether every process that is known has it, and refused nothing of it.")
    members: list[Member]
    problem: str | None = Field(description="Why nobody can say who has it.")


class Changed(Convergence):
    """What a change came to."""

    changed: bool = Field(description="Whether there was anything to change.")


class EditableDocument(Document):
    """The fields of a configuration, or of an operator's word, and where they come from."""

    sources: dict[str, str] = Field(
        alias="$sources",
        description="Where each field comes from, by its dotted path. Keys with a $ that are sent count for nothing.",
    )
    problems: list[str] | None = Field(
        default=None, alias="$problems", description="What is wrong with it, if it is not in force for that."
    )


class DocumentChanged(Changed):
    """What a change of a document came to, and what it is now."""

    document: EditableDocument


class PluginReloaded(Changed):
    """What reading a plugin's file anew came to."""

    plugin: Plugin


class HookPlugin(Document):
    """One plugin in one phase, its figures summed over all workers of this gateway."""

    name: str
    because: str = Field(description="Why it stands where it does.")
    calls: int
    errors: int
    timeouts: int
    audited: int = Field(description="Decisions and changes that audit mode recorded and did not apply.")
    last_error: str | None
    latency_mean: float = Field(description="Seconds.")
    latency_p50: float
    latency_p99: float


class Hook(Document):
    """A phase, its plugins in the order in which it calls them."""

    name: str
    kind: str
    layer: str
    direction: Literal["inbound", "outbound"]
    plugins: list[HookPlugin]


class Hooks(Document):
    """All phases."""

    hooks: list[Hook]


class AuditRecord(Document):
    """A change: who made it, and what held before and after, secrets masked."""

    number: int = Field(description="A later record has a higher one.")
    time: str
    who: str = Field(description="The name of the token, or `files`.")
    action: str
    plugin: str
    version: int
    before: dict[str, Any]
    after: dict[str, Any]


class AuditPage(Document):
    """A page of the audit log, the newest records first."""

    records: list[AuditRecord]
    next: int | None = Field(description="The value of `before` for the next page; null on the last one.")


class Storage(Document):
    """The store of the operator's state."""

    available: bool
    reason: str | None = Field(description="Why it cannot be used, and what to do.")


class EventFigures(Document):
    """Clients of `/events`, of this worker."""

    clients: int
    dropped: int = Field(description="Events that clients lost, because they read too slowly.")


class Status(Document):
    """The process that answered, and all others that share its store."""

    node: str
    worker: int
    version: str = Field(description="Of RouteIQ.")
    state_version: int = Field(description="Of the operator's state that is in force here.")
    storage: Storage
    members: list[Member]
    problems: dict[str, str] = Field(description="What is not in force, with the reason, by plugin or file.")
    events: EventFigures


class Problem(Document):
    """What is wrong with one field."""

    field: str
    source: str
    message: str


class Error(Document):
    """What is wrong, and what would be right."""

    message: str
    type: str
    code: str | None
    param: str | None = Field(description="The field or parameter that it is about.")
    problems: list[Problem] = Field(default=[], description="What is wrong with single fields.")


class ErrorDocument(Document):
    """An error, in the shape of OpenAI's API."""

    error: Error
