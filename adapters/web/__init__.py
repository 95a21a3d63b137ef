"""Pages for a browser: the demo console, and later calendar, health and dashboard pages."""
