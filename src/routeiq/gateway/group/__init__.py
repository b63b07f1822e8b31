"""Workers of one gateway that talk to each other, over Unix sockets in a directory that is theirs alone."""

from .conversation import Answers, Conversation, PeerFailure, Peers
from .directory import Member, Seat
from .errors import BrokenFrame, ConversationLost, GroupError, PeerFailed
from .group import Group
from .solo import SoloGroup
from .worker_group import WorkerGroup

__all__ = [
    "Answers",
    "BrokenFrame",
    "Conversation",
    "ConversationLost",
    "Group",
    "GroupError",
    "Member",
    "PeerFailed",
    "PeerFailure",
    "Peers",
    "Seat",
    "SoloGroup",
    "WorkerGroup",
]
