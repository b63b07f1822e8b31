"""Prometheus: what a manager's requests, LLM calls, plugins and hooks did and cost, for scrapers to read."""

from .app import MetricsApp
from .families import Family
from .figures import Figures
from .hooks import listing
from .snapshots import Snapshot, merged

__all__ = ["Family", "Figures", "MetricsApp", "Snapshot", "listing", "merged"]
