"""Alembic migrations of the tables that hold data; read models are rebuilt instead."""
