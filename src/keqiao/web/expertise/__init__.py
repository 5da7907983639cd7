"""Pages that find experts and tell namesakes apart."""
