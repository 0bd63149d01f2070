"""The forms that version 1 has of the kinds that version 2 declares: names and shapes that installed clients know."""
