"""What can be done with a plugin: enable it, disable it, read its file anew."""

from __future__ import annotations

from routeiq.core.errors import RegistrationError
from routeiq.gateway.control import Change, Control

from .answers import Answer, Refusal
from .convergence import Changes
from .editing import Editor
from .plugins import record_of, shown
from .requests import AdminRequest


class Actions:
    """The actions on one plugin."""

    def __init__(self, control: Control, settings: Editor, changes: Changes) -> None:
        """Make them.

        Args:
            settings: The editor of operators' word on plugins, of which `enabled` is a part.
        """
        self._control = control
        self._settings = settings
        self._changes = changes

    async def enable(self, request: AdminRequest) -> Answer:
        """Have a plugin take part; one that was never loaded is imported and started by every rule of a start."""
        return await self._settings.edit(request, lambda document: document.patched({"enabled": True}), "enable")

    async def disable(self, request: AdminRequest) -> Answer:
        """Have a plugin take part no longer; it is shut down once the last request that uses it has ended."""
        return await self._settings.edit(request, lambda document: document.patched({"enabled": False}), "disable")

    async def reload(self, request: AdminRequest) -> Answer:
        """Read a plugin's file anew; a plugin that failed to start is started anew. Its code is not imported again."""
        record = record_of(self._control.manager, request.parts["name"])
        try:
            self._control.manager.plugin(record.name)
        except RegistrationError:
            message = f"Plugin {record.name!r} is {record.state.value}: {record.reason}"
            raise Refusal(409, message, "not_loaded", param="name") from None
        found = (await self._control.reload([record.name], who=request.identity.name))[record.name]
        if found.problem is not None:
            message = f"What the file says is not in force, and what was before stays: {found.problem}"
            raise Refusal(409, message, "reload_refused", param="name")
        change = Change(self._control.version, found.changed)
        return await self._changes.answer(
            request, change, {"plugin": shown(record_of(self._control.manager, record.name))}
        )
