"""Our own interface: what the wire has no words for, from the inbox to the timeline."""
