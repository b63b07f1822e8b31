"""The gateway at one glance, and what was changed by whom."""

from __future__ import annotations

from typing import Any

from routeiq.core.errors import StorageUnavailable
from routeiq.core.version import host_version
from routeiq.gateway.control import Control

from .answers import Answer
from .feed import Feed
from .requests import AdminRequest, Parameter

LIMIT = Parameter("limit", "How many records at most.", "integer", low=1, high=1000, default=100)
BEFORE = Parameter("before", "Only older records: `next` of the page before.", "integer", low=1)


class Overview:
    """Status and audit log."""

    def __init__(self, control: Control, feed: Feed) -> None:
        self._control = control
        self._feed = feed

    async def status(self, request: AdminRequest) -> Answer:
        """Return what this process and its peers are, and what is not as it should be."""
        del request
        control = self._control
        node = control.manager.node
        store = control.state
        members, problem = await self._members()
        status = {
            "node": node.id,
            "worker": node.worker,
            "version": host_version(),
            "state_version": control.version,
            "storage": {"available": store.available and problem is None, "reason": problem or store.reason or None},
            "members": members,
            "problems": dict(control.problems),
            "events": {"clients": self._feed.clients, "dropped": self._feed.dropped},
        }
        return Answer(200, status)

    async def audit(self, request: AdminRequest) -> Answer:
        """Return a page of the audit log, the newest records first."""
        before, limit = request.integer("before"), request.integer("limit") or 100
        found = await self._control.state.records(before, limit + 1)
        page = found[:limit]
        more = page[-1].number if len(found) > limit else None
        headers = {} if more is None else {"link": f'<?limit={limit}&before={more}>; rel="next"'}
        records = [{"number": record.number, **record.entry} for record in page]
        return Answer(200, {"records": records, "next": more}, headers)

    async def _members(self) -> tuple[list[Any], str | None]:
        try:
            return list((await self._control.converged(self._control.version, 0)).members), None
        except StorageUnavailable as error:
            return [], str(error)
