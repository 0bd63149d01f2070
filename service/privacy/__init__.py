"""Duties towards the persons in the data: disclosure, erasure, renewal of keys."""
