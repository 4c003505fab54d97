"""Keeping processes running, and leaving none behind."""
