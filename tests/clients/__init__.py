"""Clients that are in use elsewhere are driven against the served service in here."""
