"""Gig leads: sources and feeds, entries, verdicts, moderation, and what is posted."""
