"""Tests of the evidence: tree, checkpoints, proofs and verifiers."""
