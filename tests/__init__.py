"""Tests mirror src/; the shared facts are tests/factories and the fixtures."""
