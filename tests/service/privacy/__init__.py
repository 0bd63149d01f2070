"""What is held about people is tried here: unreadable in the log, handed over, kept, erased."""
