"""A bot that is killed at random, and a platform in another process that remembers what it was asked."""
