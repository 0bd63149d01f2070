"""Our own interface."""
