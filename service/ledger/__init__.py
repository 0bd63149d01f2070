"""The event-sourced application: commands, one at a time, each in one transaction."""
