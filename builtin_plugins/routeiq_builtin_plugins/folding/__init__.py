"""Text as it looks to a reader: what guards look at, so that tricks with Unicode hide nothing from them."""

from .fold import Folded, fold, folded, is_invisible, revealed

__all__ = ["Folded", "fold", "folded", "is_invisible", "revealed"]
