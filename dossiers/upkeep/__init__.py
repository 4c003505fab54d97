"""Keeping an installation: its database as one file and back, and from SQLite to PostgreSQL, with proof.

Everything here works on the database as it is, every table and every column, through the drivers alone:
the archive of a docket (`dossiers.archive`) leaves secrets behind, a backup must not.
"""
