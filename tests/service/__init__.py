"""What must hold of the service: over HTTP, in the log, and for many at once."""
