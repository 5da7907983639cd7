"""Contracts for their parties: list, form, pre-check, text, draft, hand in."""
