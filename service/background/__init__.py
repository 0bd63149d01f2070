"""What a serving process does by itself: reviews, conversions, seals and sweeps."""
