"""The demo world: an invented community, and sample feeds that are served over loopback."""
