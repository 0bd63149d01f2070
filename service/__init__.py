"""The ways in (HTTP and the command line), the event log, and what puts them together."""
