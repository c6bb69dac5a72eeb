"""Verbs of a check."""
