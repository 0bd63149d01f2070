"""Backups of the log, its keys and its evidence, and how a database is made of one again."""
