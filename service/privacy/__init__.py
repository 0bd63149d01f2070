"""What events tell of people flows through here: unreadable in the log, and for ever once somebody is erased."""
