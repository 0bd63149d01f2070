"""Tests of start-up, replay and copies."""
