"""Who may come in: bearer tokens (RFC 6750), from the header alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.datastructures import Headers

from routeiq.adapters.asgi.forwarded import TrustedProxies
from routeiq.gateway.access import AdminAccess, Identity

from .answers import Refusal
from .throttle import Throttle

_BEARER: Final = re.compile(r"bearer +([\x21-\x7e]+) *", re.IGNORECASE)
_CHALLENGE: Final = 'Bearer realm="routeiq admin"'

logger = logging.getLogger(__name__)


class Gate:
    """Lets requests in by their tokens."""

    def __init__(
        self, access: AdminAccess, trusted_proxies: Sequence[str] = (), throttle: Throttle | None = None
    ) -> None:
        """Make it.

        Args:
            trusted_proxies: Networks of proxies whose word on the client's address counts.
        """
        self._access = access
        self._proxies = TrustedProxies(trusted_proxies)
        self._throttle = throttle or Throttle()

    def identity(self, scope: Any) -> Identity:
        """Return who asks.

        Raises:
            Refusal: 401 without a token, or with a wrong one; 429 for an address that has shown too many of those.
        """
        host = _host(self._proxies.resolved(scope))
        fields = Headers(scope=scope).getlist("authorization")
        match = _BEARER.fullmatch(fields[0]) if len(fields) == 1 else None
        if match is None:
            raise Refusal(
                401, "Show a token of the admin API: `authorization: Bearer ...`.", "no_token",
                headers={"www-authenticate": _CHALLENGE},
            )  # fmt: skip
        seconds = self._throttle.wait(host)
        if seconds:
            raise Refusal(
                429, f"Too many wrong tokens came from this address: wait {seconds} s.", "too_many_failures",
                headers={"retry-after": str(seconds)},
            )  # fmt: skip
        identity = self._access.verify(match[1])
        if identity is None:
            self._throttle.failed(host)
            logger.warning(
                "a wrong token of the admin API came from %s, for %s %r", host, scope["method"], scope["path"]
            )
            raise Refusal(
                401, "The token is none of the admin API's.", "wrong_token",
                headers={"www-authenticate": f'{_CHALLENGE}, error="invalid_token"'},
            )  # fmt: skip
        return identity


def _host(scope: Any) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "a local socket"
