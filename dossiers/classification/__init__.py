"""CPC symbols suggested for a case from its specification: on order, by IP Australia's predictor."""

from .orders import order_from_dossier, order_from_text
from .run import pump
from .texts import TextRefused, text_of_file

__all__ = ["TextRefused", "order_from_dossier", "order_from_text", "pump", "text_of_file"]
