"""Slack: cards and forms drawn as Block Kit messages and views."""
