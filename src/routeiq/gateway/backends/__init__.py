"""The backends that answer a deployment's calls."""
