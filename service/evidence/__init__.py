"""Evidence that the log was not altered: a Merkle tree over it, signed checkpoints, proofs, an export."""
