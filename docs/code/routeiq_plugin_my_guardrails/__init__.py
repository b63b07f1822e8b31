"""The plugin `my-guardrails` for RouteIQ."""
