"""What the worker processes of one machine share in memory: limits, and the numbers that operators see."""
