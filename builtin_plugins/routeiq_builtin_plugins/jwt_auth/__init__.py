"""The plugin `jwt-auth`: says who makes a request by the JSON Web Token of an identity provider.

It has an opinion only about tokens that name its issuer: for any other request the next provider of identities is
asked. A token that names its issuer and is not valid is refused at once.
"""

from __future__ import annotations

from typing import Final

from routeiq_plugin_sdk import (
    GatewayPlugin,
    OutboundError,
    PluginCapability,
    PluginContext,
    PluginMetadata,
    PluginRequest,
    Principal,
    Reject,
    hookimpl,
)

from .claims import principal_of
from .config import Config
from .jwks import KeySet, KeysUnavailable
from .tokens import InvalidToken, shown_token, unverified, verified

metadata: Final = PluginMetadata(
    name="jwt-auth",
    capabilities={PluginCapability.AUTH_PROVIDER},
    config_schema=Config,
    enabled_by_default=False,
    priority=110,
    gateway_compat=">=0.1,<1",
)


class JWTAuth(GatewayPlugin):
    """Keeps the issuer's keys between requests."""

    metadata = metadata

    def __init__(self) -> None:
        self._keys: KeySet | None = None

    @hookimpl.authenticate
    async def authenticate(self, request: PluginRequest, context: PluginContext) -> Principal | None:
        """Return whom the token stands for. Raises Reject for one that names the issuer and is not valid."""
        config: Config = context.config
        token = shown_token(request.headers)
        seen = unverified(token) if token is not None else None
        counted = context.metrics.counter("tokens", "Tokens of the issuer, by what became of them.", ["outcome"])
        if token is None or seen is None or not config.issuer or seen.issuer != config.issuer:
            return None
        try:
            key = await self._key_set(config).key(seen.key_id, seen.algorithm, config, context.http)
            principal = principal_of(verified(token, seen, key, config), config)
        except InvalidToken as error:
            counted.inc(outcome="invalid")
            context.logger.info("token refused", reason=str(error))  # never the token
            headers = {"www-authenticate": 'Bearer error="invalid_token"'}
            raise Reject(401, f"The token is not valid: {error}.", "invalid_token", headers) from None
        except (KeysUnavailable, OutboundError) as error:
            counted.inc(outcome="unverifiable")
            context.logger.warning("the issuer's keys cannot be had", reason=str(error))
            message = "The token cannot be verified now: try again later."
            raise Reject(503, message, "keys_unavailable", {"retry-after": "5"}) from None
        counted.inc(outcome="valid")
        return principal

    def _key_set(self, config: Config) -> KeySet:
        if self._keys is None or self._keys.url != config.jwks_url:
            self._keys = KeySet(config.jwks_url)
        return self._keys
