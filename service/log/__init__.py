"""The event log: storing events in order, encrypting personal values, receipts, reading history."""
