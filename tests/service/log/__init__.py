"""The event log on real databases, and what comes of it when they fail."""
