"""Background work of a serving process: reviews, automatic conversions, sealing, sweeping."""
