"""The sample company: an invented plumbing supplier in Bergen, with its contacts and five months of sales."""
