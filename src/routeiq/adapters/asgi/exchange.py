"""What belongs to one request: made when it comes in, and found by the application in `scope["routeiq"]`."""

from __future__ import annotations

import re
from typing import Final

from routeiq_plugin_sdk import Headers, PluginRequest

from routeiq.core.identifiers import unique_id
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans

from .types import Scope

REQUEST_ID: Final = b"x-request-id"
_VALID_ID = re.compile(rb"[A-Za-z0-9._:\-/+=@]{1,128}")


class Exchange(Activity):
    """One request as the phases see it; applications may read it from `scope["routeiq"]`.

    It is the Activity that every phase of the request is handed.

    Attributes:
        request: As plugins left it: rewritten, its principal known.
        plans: What is called for this request: chosen anew, where plugins are narrowed, while more becomes known of it.
        scope: What the application was given, into which routers write where they went; for tracers, and None without
            one, and before and after.
    """

    __slots__ = ("scope",)
    request: PluginRequest
    plans: Plans

    def __init__(self, request: PluginRequest, plans: Plans) -> None:
        self.request_id = request.id
        self.plugin = None
        self.request = request
        self.plans = plans
        self.trace = None
        self.answering = True
        self.outer = None
        self.waiting = None
        self.scope: Scope | None = None


def make_request(scope: Scope, method: str) -> PluginRequest:
    """Return the request of a scope; its id is a valid `x-request-id` of the client's, or a new one."""
    headers = Headers(tuple(scope["headers"]))
    request_id = None
    for name, value in headers.raw:
        if name == REQUEST_ID and _VALID_ID.fullmatch(value):
            request_id = value.decode("ascii")
            break
    return PluginRequest(
        # Random for each process and then counted: unique without a system call for each request.
        unique_id() if request_id is None else request_id,
        method,
        scope["path"],
        headers,
        scope,
        {},
    )
