"""Tests of what everybody may rely on: import contracts, pure read models, personal fields, opened files."""
