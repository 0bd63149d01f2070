"""The log flows in and evidence flows out: a tree over it, signed checkpoints, proofs that need no trust in us."""
