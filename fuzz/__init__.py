"""Fuzz targets of the readers of foreign input; see `python -m fuzz --help`."""
