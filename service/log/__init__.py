"""Events flow in, in the order they are recorded, and out again, byte for byte: the one source of truth."""
