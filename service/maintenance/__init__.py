"""Work on a whole database: start-up, replay, verification and copies."""
