"""Folding for searches; see `dossiers.refresh.search`."""

from dossiers.refresh.search import fold, search_text_of

__all__ = ["fold", "search_text_of"]
