"""Test data built from facts, a file a room."""
