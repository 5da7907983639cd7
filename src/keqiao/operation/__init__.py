"""Running Keqiao: serving it, checking itself, one archive out and the same archive back in."""
