"""The daily digest: what goes into a day's message."""
