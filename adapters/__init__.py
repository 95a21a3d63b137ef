"""The outside: chat platforms, the web, other people's feeds, worker processes. Nothing in `bot` imports from here."""
