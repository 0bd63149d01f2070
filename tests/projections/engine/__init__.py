"""Tests of what all read models share."""
