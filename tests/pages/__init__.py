"""Tests that look at pages as people do: in a real browser, which may ask nothing of anybody but the service."""
