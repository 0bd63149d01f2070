"""The transcript: what the service answers to a fixed list of requests, byte for byte, kept as files."""
