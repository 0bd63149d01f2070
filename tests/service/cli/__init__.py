"""The commands that operate the service."""
