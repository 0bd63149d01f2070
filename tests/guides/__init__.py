"""Tests of the README, the guides and CONTRIBUTING: their examples are typed, and the names in them are looked up."""
