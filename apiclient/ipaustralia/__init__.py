"""IP Australia: a full text in, ranked classification symbols out."""

from apiclient.ipaustralia.payload import Payload, Suggestion
from apiclient.ipaustralia.predictor import MOST_BYTES, Prediction, Predictor, Trouble

__all__ = ["MOST_BYTES", "Payload", "Prediction", "Predictor", "Suggestion", "Trouble"]
