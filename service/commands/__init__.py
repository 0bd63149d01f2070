"""Commands: functions that look up, let aggregates decide, and save, each in one transaction."""
