"""The HTTP client that plugins are given: each request, and each redirect, goes only where the policy lets it.

A URL is parsed and decided about once; its name is resolved once; every address is checked; and the connection is made
to one of the checked addresses, with the name of the URL for TLS and the host header. Nothing in between looks a name
up again, and a kept connection serves only requests whose own check has just allowed its address.
"""

from .client import GuardedClient
from .factory import GuardedHTTP

__all__ = ["GuardedClient", "GuardedHTTP"]
