"""The AI gateway, assembled from the core and the adapters."""
