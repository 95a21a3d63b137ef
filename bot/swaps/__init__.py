"""Skill swaps: who fits whom, and the rings in which everyone teaches and everyone learns."""
