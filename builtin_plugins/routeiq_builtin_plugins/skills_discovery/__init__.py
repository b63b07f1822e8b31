"""The plugin `skills-discovery`: offers Agent Skills of a folder under `/.well-known/`, as agents look for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from routeiq_plugin_sdk import GatewayPlugin, PluginCapability, PluginMetadata, hookimpl
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, content_type, not_found
from .config import Config
from .indexes import ARCHIVE, CURRENT, OLDER, current_index, older_index
from .library import Artifact, Snapshot, look
from .paths import asked_for

__all__ = ["Config", "SkillsDiscovery"]

_SUCCESSOR = {"link": f'<{CURRENT}/index.json>; rel="successor-version"'}


metadata = PluginMetadata(
    name="skills-discovery",
    description="Offers the Agent Skills of a folder under /.well-known/.",
    capabilities={PluginCapability.ROUTES},
    config_schema=Config,
    priority=500,
    gateway_compat=">=0.1,<1",
)


class SkillsDiscovery(GatewayPlugin):
    """Answers from a snapshot of the folder, and looks for changes at most every `check_interval` seconds."""

    metadata = metadata

    def __init__(self) -> None:
        self._snapshot = Snapshot()
        self._looked_with: Config | None = None
        self._looked_at = 0.0
        self._looking = False
        self._indexes: tuple[Snapshot, Artifact, Artifact] | None = None

    @hookimpl.startup
    async def startup(self) -> None:
        await self._current()

    @hookimpl.health_check
    def health_check(self) -> Mapping[str, Any]:
        return {"status": "ok", "skills": len(self._snapshot.skills), "not_offered": self._snapshot.problems}

    @hookimpl.register_routes
    def register_routes(self) -> Sequence[Any]:
        return [
            Route(f"{CURRENT}/index.json", self._current_index, methods=["GET"]),
            Route(f"{CURRENT}/{{path:path}}", self._current_file, methods=["GET"]),
            Route(f"{OLDER}/index.json", self._older_index, methods=["GET"]),
            Route(f"{OLDER}/{{path:path}}", self._file, methods=["GET"]),
        ]

    async def _current_index(self, request: Request) -> Response:
        return self._index(request, self._made(await self._current())[1])

    async def _older_index(self, request: Request) -> Response:
        return self._index(request, self._made(await self._current())[2], _SUCCESSOR)

    def _index(self, request: Request, index: Artifact, headers: dict[str, str] | None = None) -> Response:
        self._count("index")
        return answer(request, index, "application/json", self.config, headers)

    async def _current_file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        skill = (await self._current()).skills.get(path.removesuffix(ARCHIVE)) if path.endswith(ARCHIVE) else None
        if skill is None or skill.archive is None:
            return await self._file(request)
        self._count("archive")
        return answer(request, skill.archive, "application/gzip", self.config)

    async def _file(self, request: Request) -> Response:
        wanted = asked_for(request.path_params["path"], request.scope.get("raw_path"))
        skill = (await self._current()).skills.get(wanted[0]) if wanted is not None else None
        artifact = skill.files.get(wanted[1]) if skill is not None and wanted is not None else None
        if wanted is None or artifact is None:
            self._count("unknown")
            return not_found(request, self.config)
        self._count("file")
        return answer(request, artifact, content_type(wanted[1]), self.config)

    def _made(self, snapshot: Snapshot) -> tuple[Snapshot, Artifact, Artifact]:
        if self._indexes is None or self._indexes[0] is not snapshot:
            skills = snapshot.skills
            self._indexes = snapshot, current_index(skills), older_index(skills)
        return self._indexes

    async def _current(self) -> Snapshot:
        """Return the snapshot, after a look at the folder if it is time for one.

        Requests that come while another one looks do not wait for it, unless the configuration is a new one.
        """
        config: Config = self.config
        same = self._looked_with == config
        if same and (self._looking or time.monotonic() - self._looked_at < config.check_interval):
            return self._snapshot
        self._looking = True
        try:
            found = await asyncio.to_thread(look, config, self._snapshot if same else Snapshot())
        finally:
            self._looking = False
        self._looked_with, self._looked_at = config, time.monotonic()
        if found is not self._snapshot or not same:
            self._take(found)
        return found

    def _take(self, found: Snapshot) -> None:
        known, problems = self._snapshot.problems, found.problems
        self._snapshot = found
        # A folder that is not there is nothing to warn of: skills are not what every gateway is for.
        self.context.logger.info("skills are offered", skills=list(found.skills), directory=str(self.config.directory))
        for name, problem in problems.items():
            if name != "." and known.get(name) != problem:
                self.context.logger.warning("a folder is not offered as a skill", folder=name, reason=problem)
        metrics = self.context.metrics
        metrics.gauge("skills", "Skills that are offered.").set(len(found.skills))
        refused = metrics.gauge("not_offered", "Folders that are no skills as the format has them.")
        refused.set(len(problems.keys() - {"."}))

    def _count(self, kind: str) -> None:
        requests = self.context.metrics.counter("requests", "Requests for skills, by what was sent.", ["kind"])
        requests.inc(kind=kind)
