"""Policies at article level: who, where, when, how much, why, what is missing; and what moving a number would cost."""
