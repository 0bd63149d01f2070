"""Judging: what makes a lead ready, and what is missing."""
