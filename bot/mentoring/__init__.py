"""Mentoring: who offers an hour to whom, and when."""
