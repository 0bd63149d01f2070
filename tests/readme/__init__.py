"""The README's examples, typed as they stand."""
