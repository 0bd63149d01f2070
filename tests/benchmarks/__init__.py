"""Measures the service over real sockets, each figure beside a baseline of the same minute."""
