"""Signing in, registering an organisation, colleagues, one's own account."""
