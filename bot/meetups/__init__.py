"""Meetups: what a community does together, at an hour that suits it."""
