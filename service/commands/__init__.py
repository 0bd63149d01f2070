"""What users ask for flows in as plain values and becomes decisions of aggregates, saved in one transaction."""
