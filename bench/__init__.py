"""Measurements of a generated docket; `python -m bench`."""
