"""The group's errors.

RouteIQError
└── GroupError
    ├── BrokenFrame         bytes that are no frame, or one that is too long
    ├── ConversationLost    the other side of a connection is gone
    └── PeerFailed          the other side's handler raised; it says so itself
"""

from __future__ import annotations

from routeiq.core.errors import RouteIQError


class GroupError(RouteIQError):
    """Something between the workers of one gateway went wrong."""


class BrokenFrame(GroupError):
    """What is to be sent, or was received, is no frame: too long, or no JSON."""


class ConversationLost(GroupError):
    """The other side is gone: it closed the connection, or its process ended, however it did."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        super().__init__("the other worker is gone" if number is None else f"worker {number} is gone")


class PeerFailed(GroupError):
    """The handler of the other side raised; `number` is that worker's, `text` what its error says."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = text
        super().__init__(f"worker {number} failed: {text}")
