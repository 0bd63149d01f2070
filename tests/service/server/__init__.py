"""Tests of how the service is served: over real sockets, by real worker processes."""
