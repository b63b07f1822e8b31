"""RouteIQ: the plugin framework for AI gateways, and a gateway that runs on it."""
