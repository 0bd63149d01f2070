"""Connections to the database, its files, and the files beside it."""
