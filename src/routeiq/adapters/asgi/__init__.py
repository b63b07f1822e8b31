"""ASGI: any application under plugins, by one pure ASGI middleware."""

from .content_coding import decode_body
from .exchange import Exchange
from .middleware import PluginMiddleware
from .refusal import Refusal

__all__ = ["Exchange", "PluginMiddleware", "Refusal", "decode_body"]
