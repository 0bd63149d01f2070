"""A connection flows in from `service.log.schema` and Alembic runs the migrations on it."""

from alembic import context

from service.log.tables import log_tables

context.configure(connection=context.config.attributes["connection"], target_metadata=log_tables)
context.run_migrations()
