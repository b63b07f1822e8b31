"""The figures of all workers of a gateway together, in `/metrics` and in the listing of hooks."""

from .configuration import configuration_families
from .group_figures import GroupFigures
from .ledger import Ledger

__all__ = ["GroupFigures", "Ledger", "configuration_families"]
