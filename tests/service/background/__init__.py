"""Tests of what a serving process does by itself."""
