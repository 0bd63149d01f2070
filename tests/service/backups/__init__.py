"""Backups are whole or none, tell nothing of whoever was erased, and a database is made of them again."""
