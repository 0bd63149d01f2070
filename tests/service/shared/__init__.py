"""Tests of what workers share in memory."""
