"""What stands in for the outside world: servers of ours on loopback."""
