"""Tests of the product, folder by folder, and what measures it and breaks it under load."""
