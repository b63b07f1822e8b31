"""Many patterns at once, in texts that are there and in texts that come in windows; in linear time."""

from .lengths import longest_match
from .matcher import Match, Matcher
from .passage import Judged, Passage, Replace, TooMany, judged, overlap
from .pattern import MOST_MEMORY, Pattern, PatternError, regexp
from .quoted import edited_json

__all__ = [
    "MOST_MEMORY", "Judged", "Match", "Matcher", "Passage", "Pattern", "PatternError", "Replace", "TooMany",
    "edited_json", "judged", "longest_match", "overlap", "regexp",
]  # fmt: skip
