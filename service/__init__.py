"""Requests and commands flow in here, answers flow out: HTTP, the command line, the event log and the wiring."""
