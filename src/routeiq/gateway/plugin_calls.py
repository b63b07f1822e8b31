"""The gateway's models as plugins call them: by the same way as clients' calls, without HTTP around it."""

from __future__ import annotations

from typing import Any

import orjson
from routeiq_plugin_sdk import LLMCall, LLMResponse

from routeiq.core.attempts import Attempt
from routeiq.core.calls import LogicalCall
from routeiq.core.dialects import DIALECTS, InvalidRequest
from routeiq.core.logging import Activity
from routeiq.core.plans import Plans

from .service import APIRequest, Service


class GatewayModels:
    """What the gateway hands to its plugin manager (`core.plugin_calls.Models`)."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def answer(
        self, plans: Plans, activity: Activity, call: LLMCall, body: dict[str, Any]
    ) -> tuple[LogicalCall, Attempt | LLMResponse]:
        """Open a logical call, and return it with its answer. Raises InvalidRequest for what is no request."""
        dialect = DIALECTS[call.api]
        parsed = dialect.parse(body)
        try:
            raw = orjson.dumps(body)
        except TypeError as error:
            raise InvalidRequest(f"The request cannot be written as JSON: {error}.") from error
        request = APIRequest(self._service, dialect, raw, body, parsed)
        logical = self._service.call(plans, activity, call, request)
        return logical, await logical.open()
