"""Read models: tables of rows built from events, and the queries on them."""
