"""Puts the admin API into a gateway."""

from __future__ import annotations

import os
from typing import TypeVar

from routeiq.core.errors import ConfigurationError, Problem
from routeiq.gateway.access import VARIABLE, AdminAccess
from routeiq.gateway.announcement import ADMIN
from routeiq.gateway.group import Group
from routeiq.gateway.operated import OperatedGateway
from routeiq.gateway.serving import application as gateway_application
from routeiq.gateway.settings import DEFAULT_FILE, GatewaySettings

from .api import AdminAPI

AnyGateway = TypeVar("AnyGateway", bound=OperatedGateway)


def application(settings: GatewaySettings, *, group: Group, access: AdminAccess) -> OperatedGateway:
    """Return the gateway that the settings ask for, with the admin API: what `routeiq serve` serves."""
    return with_admin(gateway_application(settings, group=group, access=access), access)


def with_admin(gateway: AnyGateway, access: AdminAccess | None = None) -> AnyGateway:
    """Serve the admin API at `/admin` of a gateway, as `routeiq serve` does; return the gateway.

    Nothing is done where the settings say `admin: {enabled: false}`.

    Args:
        access: Who may come in; None: those of the settings, and of ROUTEIQ_ADMIN_TOKEN.

    Raises:
        ConfigurationError: if nobody could come in: there is no token.
    """
    settings = gateway.settings
    if access is None:
        access = AdminAccess.of(settings.admin, os.environ)
        if access.printed is not None:
            message = f"there is no token: set {VARIABLE}, or the hash of one (`routeiq admin token`)"
            raise ConfigurationError([Problem(str(settings.source or "settings"), "admin.tokens", message)])
    if access.enabled:
        api = AdminAPI(
            gateway.control,
            access,
            gateway.figures.hooks,
            prefix=ADMIN,
            settings_file=str(settings.source or DEFAULT_FILE),
            trusted_proxies=[str(network) for network in settings.server.trusted_proxies],
        )
        gateway.mount(ADMIN, api)
        gateway.on_ending.append(api.end)
    return gateway
