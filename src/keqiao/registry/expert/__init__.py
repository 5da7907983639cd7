"""Experts (专家库): a person's research profile, there before he logs in, correctable by him."""
