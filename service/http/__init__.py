"""Requests flow in over HTTP and answers flow out, in three families of routes."""
