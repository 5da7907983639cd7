"""Achievements (科技成果): what can be transferred, how ripe it is, on what terms."""
