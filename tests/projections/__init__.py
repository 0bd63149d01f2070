"""What must hold of read models."""
