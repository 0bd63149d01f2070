"""Tests of connections to the database and of the files beside it."""
