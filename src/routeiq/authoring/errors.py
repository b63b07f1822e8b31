"""What the toolkit refuses to do: `ToolkitError`."""

from __future__ import annotations

from routeiq.core.errors import RouteIQError


class ToolkitError(RouteIQError):
    """Something that an author asked for cannot be done; the message says why, and what would be right."""
