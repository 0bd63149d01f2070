"""Tests that drive clients of others against the served service."""
