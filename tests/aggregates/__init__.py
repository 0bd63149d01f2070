"""Tests of what aggregates decide: given events, when a command, then events or a refusal."""
