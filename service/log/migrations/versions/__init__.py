"""The event log's tables flow from one form to the next here, step by step; read models are rebuilt, never migrated."""
