"""Where plugins' requests may go: the operator's policy on URLs and addresses. It decides, and connects to nothing."""

from .addresses import IPAddress
from .policy import OutboundPolicy
from .settings import OutboundSettings
from .urls import OutboundURL

__all__ = ["IPAddress", "OutboundPolicy", "OutboundSettings", "OutboundURL"]
