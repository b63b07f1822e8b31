"""Adapters: each translates one outside world into hook calls."""
